from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from bot.settings import BadSettings, GatewayKind, LogFormat, LogLevel, Settings, load
from bot.settings.about import flag, key, variable
from bot.slack.settings import SlackSettings, Transport
from core.domain.route import PortRange, Ports

SECRETS = {"slack_bot_token", "slack_app_token", "slack_signing_secret"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "settings.yaml"


def refusal(*argv: str, **environ: str) -> BadSettings:
    with pytest.raises(BadSettings) as caught:
        load(argv, environ)
    return caught.value


# -- where values come from -------------------------------------------------------------------------------------------


def test_the_defaults_are_the_ones_that_the_issue_names() -> None:
    settings = load([], {})
    assert settings.allowed_namespaces == ("default",)
    assert settings.max_mapping_time == timedelta(hours=3)
    assert settings.debug_port_names == ("debug", "jprofiler-port")
    assert (settings.gateway, settings.stop_gateway) == (GatewayKind.EMBEDDED, False)
    assert (settings.ports, settings.port_rest) == (PortRange(10_000, 10_099), timedelta(minutes=10))
    assert (settings.bind_addr, settings.whoami_port) == (ip_address("0.0.0.0"), None)
    assert (settings.listen_addr, settings.listen_port) == (ip_address("127.0.0.1"), 3343)
    assert (settings.log_format, settings.log_level) == (LogFormat.TEXT, LogLevel.INFO)
    assert settings.slack_transport is Transport.SOCKET


def test_a_value_comes_from_the_flag_then_the_environment_then_the_file(config: Path) -> None:
    config.write_text("port-rest: 3m\nlisten-port: 3003\nwhoami-port: 4003\n")
    environ = {"POD_PROXIER_CONFIG": str(config), "POD_PROXIER_PORT_REST": "2m", "POD_PROXIER_LISTEN_PORT": "3002"}
    settings = load(["--port-rest", "1m"], environ)
    assert settings.port_rest == timedelta(minutes=1)
    assert settings.listen_port == 3002
    assert settings.whoami_port == 4003


def test_the_file_that_a_flag_names_counts_more_than_the_one_of_the_environment(config: Path) -> None:
    config.write_text("listen-port: 3001")
    assert load(["--config", str(config)], {"POD_PROXIER_CONFIG": "/nowhere"}).listen_port == 3001


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert load([], {"POD_PROXIER_PORTS": " ", "SLACK_BOT_TOKEN": ""}) == load([], {})


def test_variables_that_kubernetes_adds_for_a_service_of_our_name_are_not_ours() -> None:
    environ = {"POD_PROXIER_PORT": "tcp://10.0.0.1:3343", "POD_PROXIER_SERVICE_HOST": "10.0.0.1"}
    assert load([], environ) == load([], {})


def test_built_directly_it_looks_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_PROXIER_LISTEN_PORT", "1")
    assert Settings(state_dir=Path("/state")).listen_port == 3343


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_a_flag_a_variable_and_a_key(name: str, config: Path) -> None:
    text = str(config) if name == "config" else FLAGS.get(name) or SAMPLES[name]
    beside = BESIDE.get(name, {})
    field = Settings.model_fields[name]
    config.write_text("" if name == "config" else f"{key(name)}: {text}\n")
    ways = [load([], {variable(name, field): text} | beside)]
    if name != "config":
        ways.append(load(["--config", str(config)], beside))
    if name not in SECRETS:
        ways.append(load([_switch(name, text)] if name in FLAGS else [flag(name), text], beside))
    values = [getattr(settings, name) for settings in ways]
    assert all(value == values[0] for value in values)
    assert values[0] != getattr(load([], {}), name)


def _switch(name: str, text: str) -> str:
    return flag(name) if text == "yes" else flag(name).replace("--", "--no-", 1)


FLAGS = {"stop_gateway": "yes", "enable_v1": "yes", "enable_v2": "yes", "off_check": "yes", "hide_backend": "no"}

SAMPLES = {
    "audit_keep": "400d",
    "audit_keep_addresses": "7d",
    "audit_head_channel": "C024BE91L",
    "digest_channel": "C024BE91L",
    "stats_port": "8404",
    "api_token_file": "tokens.yaml",
    "announce_channel": "C024BE91L",
    "v1_allow_from": "10.8.0.0/16,192.168.1.7",
    "default_map_port": "8850",
    "jprofiler_port_name": "Profiler_TCP",
    "entry_api": "localhost:3399",
    "port_name": "jdwp",
    "port_range_start": "9010",
    "port_range_end": "9110",
    "v2_sources": "10.8.0.0/16",
    "resync_time": "60",
    "check_interval": "5",
    "check_timeout": "1",
    "max_batch_size": "10",
    "policy": "/etc/policy.yaml",
    "allowed_namespaces": "payments, team-*",
    "max_mapping_time": "60",
    "debug_port_names": "jdwp,JProfiler_Port",
    "gateway": "socket",
    "haproxy_binary": "/usr/sbin/haproxy",
    "haproxy_socket": "127.0.0.1:9999",
    "api_addr": "https://gateway.infra:5556/",
    "api_user": "dataplane",
    "api_password": "secret",
    "api_password_file": "/run/password",
    "ports": "20000-20001",
    "port_rest": "1h30m",
    "whoami_port": "9998",
    "bind_addr": "127.0.0.1",
    "advertise_host": "gw.example.com",
    "inventory": "targets.yaml",
    "kubeconfig": "~/kube",
    "context": "staging",
    "slack_transport": "http",
    "slack_bot_token": "xoxb-1",
    "slack_bot_token_file": "/run/bot",
    "slack_app_token": "xapp-1",
    "slack_app_token_file": "/run/app",
    "slack_signing_secret": "8f74",
    "slack_signing_secret_file": "/run/signing",
    "slack_api_url": "http://127.0.0.1:1/api",
    "state_dir": "/state",
    "database_url": "postgresql://bot:pw@db/x",
    "listen_addr": "::1",
    "listen_port": "3344",
    "log_format": "json",
    "log_level": "DEBUG",
}
BESIDE = {
    "gateway": {"POD_PROXIER_HAPROXY_SOCKET": "/run/admin.sock"},
    "haproxy_socket": {"POD_PROXIER_GATEWAY": "socket"},
}


# -- what values are --------------------------------------------------------------------------------------------------


def test_lists_are_words_with_commas_or_a_list_in_the_file(config: Path) -> None:
    config.write_text("allowed-namespaces: [payments, no]\ndebug-port-names: [JPROFILER_tcp]\n")
    settings = load(["--config", str(config)], {})
    assert settings.allowed_namespaces == ("payments", "no")
    assert settings.debug_port_names == ("jprofiler-tcp",)


def test_times_are_as_people_write_them_and_the_longest_mapping_in_seconds_too() -> None:
    settings = load(["--port-rest", "45 min", "--max-mapping-time", "90"], {})
    assert (settings.port_rest, settings.max_mapping_time) == (timedelta(minutes=45), timedelta(seconds=90))
    assert load(["--max-mapping-time", "2h"], {}).max_mapping_time == timedelta(hours=2)


def test_paths_are_absolute_and_know_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/bot")
    settings = load(["--policy", "policy.yaml", "--state-dir", "~/state"], {})
    assert settings.policy == tmp_path / "policy.yaml"
    assert settings.state_dir == Path("/home/bot/state")


def test_state_is_kept_where_such_state_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/bot")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert load([], {}).state_dir == Path("/home/bot/.local/state/pod-proxier")
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert load([], {}).state_dir == Path("/var/state/pod-proxier")


def test_the_database_is_a_file_in_the_state_unless_it_is_named() -> None:
    assert load(["--state-dir", "/s"], {}).database.get_secret_value() == "sqlite:////s/pod-proxier.db"
    named = load(["--database-url", "postgresql://db/x"], {}).database
    assert named.get_secret_value() == "postgresql://db/x"


def test_a_switch_can_be_turned_back_by_its_flag() -> None:
    assert load([], {"POD_PROXIER_STOP_GATEWAY": "true"}).stop_gateway
    assert not load(["--no-stop-gateway"], {"POD_PROXIER_STOP_GATEWAY": "true"}).stop_gateway


def test_what_was_chosen_about_slack_is_handed_on_together() -> None:
    settings = load(
        ["--advertise-host", "gw.example.com", "--slack-transport", "http"], {"SLACK_API_URL": "http://127.0.0.1:1/api"}
    )
    assert settings.slack() == SlackSettings(
        advertise="gw.example.com", api_url="http://127.0.0.1:1/api/", transport=Transport.HTTP
    )


def test_without_a_host_to_advertise_it_is_this_machines_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: "gw.internal.example")
    assert load([], {}).advertised_host == "gw.internal.example"


def test_no_secret_is_shown() -> None:
    environ = {"SLACK_BOT_TOKEN": "xoxb-geheim", "SLACK_SIGNING_SECRET": "geheim"}
    settings = load(["--database-url", "postgresql://bot:geheim@db/x"], environ)
    assert "geheim" not in f"{settings!r}{settings}{settings.model_dump()}{settings.database}"


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--ports", "10099-10000"], "'10099-10000' ends before it begins; for example --ports 10000-10099"),
        (["--ports", "10000"], "'10000' is not a range of ports; for example --ports 10000-10099"),
        (["--ports", "1-70000"], "'70000' is not a port from 1 to 65535; for example --ports 10000-10099"),
        (["--port-rest", "5"], "'5' has no unit: 5h or 5m? For example --port-rest 10m"),
        (["--max-mapping-time", "0"], "no time at all; for example --max-mapping-time 10800"),
        (["--max-mapping-time", "-5"], "--max-mapping-time: "),
        (["--listen-port", "0"], "'0' is not a port from 1 to 65535; for example --listen-port 3343"),
        (["--listen-port", "³"], "is not a port"),
        (["--gateway", "sokcet"], "is none of embedded, socket, dataplane; socket? For example --gateway embedded"),
        (
            ["--api-addr", "127.0.0.1:5555"],
            "'127.0.0.1:5555' is not a URL; for example --api-addr http://127.0.0.1:5555",
        ),
        (["--api-addr", "http://admin:pw@api:5555"], "who we are is not part of the URL"),
        (["--api-addr", "http://:5555"], "names no host"),
        (["--api-user", "two words"], "is not a user's name in HAProxy's configuration"),
        (["--log-level", "loud"], "'loud' is none of debug, info, warning, error; for example --log-level info"),
        (["--bind-addr", "::"], "is an IPv6 address; the ports of mappings listen on IPv4"),
        (["--listen-addr", "here"], "'here' is not an IP address; for example --listen-addr 127.0.0.1"),
        (["--allowed-namespaces", ","], "it names nothing; for example --allowed-namespaces payments,orders"),
        (["--allowed-namespaces", "a b"], "'a b' is not a namespace"),
        (["--advertise-host", "a b"], "'a b' is neither a host's name nor an address"),
        (
            ["--slack-api-url", "slack.com"],
            "'slack.com' is not a URL; for example --slack-api-url https://slack.com/api/",
        ),
        (["--policy", ""], "--policy: it is empty; for example --policy policy.yaml"),
        (["--gateway", "socket", "--haproxy-socket", "admin.sock"], "neither an absolute path nor a loopback address"),
        (["--gateway", "socket", "--haproxy-socket", "::1:9999"], "HAProxy is reached by a path or on 127.0.0.1"),
        (
            ["--gateway", "socket", "--haproxy-socket", "[::1]:9999"],
            "--haproxy-socket: '[::1]:9999' is an IPv6 address",
        ),
        (["--gateway", "socket", "--haproxy-socket", "10.1.2.3:9999"], "neither an absolute path nor a loopback"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_one_that_can(argv: list[str], told: str) -> None:
    found = str(refusal(*argv))
    assert argv[-2] in found
    assert told in found


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            ["--listen-port", "10050"],
            "--listen-port: 10050 lies in --ports 10000-10099; for example --listen-port 10100",
        ),
        (
            ["--whoami-port", "10000"],
            "--whoami-port: 10000 lies in --ports 10000-10099; for example --whoami-port 10100",
        ),
        (["--whoami-port", "3343"], "--whoami-port: 3343 is --listen-port already; for example --whoami-port 10100"),
        (["--ports", "3000-65535"], "for example --listen-port 2999"),
        (["--gateway", "socket"], "--haproxy-socket: --gateway socket has to know where HAProxy listens"),
        (["--haproxy-socket", "/run/a.sock"], "names an HAProxy that you run; for example --gateway socket"),
        (
            ["--gateway", "socket", "--haproxy-socket", "/a", "--haproxy-binary", "/b"],
            "names an HAProxy for the bot to start; for example --gateway embedded",
        ),
        (["--gateway", "socket", "--haproxy-socket", "127.0.0.1:10001"], "port 10001 lies in --ports 10000-10099"),
        (
            ["--gateway", "dataplane", "--api-addr", "http://gw:10001"],
            "--api-addr: port 10001 lies in --ports 10000-10099",
        ),
        (
            ["--gateway", "dataplane", "--haproxy-socket", "127.0.0.1:9999"],
            "reaches HAProxy by a unix socket; for example --haproxy-socket /etc/haproxy/admin.sock",
        ),
        (
            ["--enable-v2", "--port-range-start", "9100", "--port-range-end", "9000"],
            "--port-range-end: it has to be above --port-range-start, which is 9100; for example --port-range-end 9200",
        ),
        (
            ["--enable-v2", "--port-range-end", "9000"],
            "--port-range-end: it has to be above --port-range-start, which is 9000",
        ),
        (
            ["--enable-v1", "--v1-allow-from", "10.8.0.0/16"],
            "--listen-addr: nobody of --v1-allow-from reaches 127.0.0.1; for example --listen-addr 0.0.0.0",
        ),
        (
            ["--enable-v2", "--ports", "9050-9060"],
            "9000-9100 and --ports 9050-9060 have ports in common; for example --port-range-start 9061",
        ),
        (
            ["--enable-v1", "--enable-v2", "--default-map-port", "9001"],
            "--default-map-port: 9001 lies in --port-range-start to --port-range-end 9000-9100; for example",
        ),
        (
            ["--enable-v1", "--entry-api", "127.0.0.1:3343"],
            "--entry-api: 3343 is --listen-port already; for example --entry-api 127.0.0.1:10100",
        ),
        (["--enable-v1", "--stats-port", "8849"], "--stats-port: 8849 is --default-map-port already"),
        (
            ["--enable-v2", "--allowed-namespaces", "team-*"],
            "--allowed-namespaces: team-* is a pattern, and --enable-v2 wants names",
        ),
        (
            ["--enable-v2", "--gateway", "dataplane", "--api-addr", "http://gw:9001"],
            "--api-addr: port 9001 lies in --port-range-start to --port-range-end 9000-9100",
        ),
        (["--inventory", "a.yaml", "--context", "b"], "it takes the place of a cluster, and --context names one"),
        (["--inventory", "a.yaml", "--kubeconfig", "b"], "it takes the place of a cluster, and --kubeconfig names one"),
    ],
)
def test_values_that_do_not_fit_together_are_told(argv: list[str], told: str) -> None:
    assert told in str(refusal(*argv))


def test_every_mistake_is_told_at_once() -> None:
    found = refusal("--ports", "x", "--listen-port", "y")
    assert len(found.problems) == len(str(found).splitlines()) == 2


def test_a_mistake_names_the_variable_that_it_came_from() -> None:
    found = refusal(POD_PROXIER_PORTS="x")
    assert str(found) == "POD_PROXIER_PORTS: 'x' is not a range of ports; for example POD_PROXIER_PORTS=10000-10099"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# mine\nports: x", "line 2: ports: 'x' is not a range of ports; for example ports: 10000-10099"),
        (
            "listen_port: 10000",
            "line 1: listen_port: 10000 lies in --ports 10000-10099; for example listen-port: 10100",
        ),
        ("ports: [1, 2]", "line 1: ports: it takes a single value; for example ports: 10000-10099"),
        ("stop-gateway: maybe", "line 1: stop-gateway: 'maybe' is neither yes nor no; for example stop-gateway: yes"),
        ("\nprots: 1-2", "line 2: there is no setting 'prots'; did you mean ports?"),
        ("config: other.yaml", "line 1: there is no setting 'config'"),
        ("ports: 1-2\nports: 3-4", "line 2, column 1: 'ports' is there twice"),
        ("log-level: info\nlog_level: debug", "line 2: log_level is there twice"),
        ("- ports", "keys belong here, each with its value"),
        ("ports: [", "line 1, column 9: "),
    ],
)
def test_a_mistake_names_the_line_of_the_file(config: Path, text: str, told: str) -> None:
    config.write_text(text)
    found = str(refusal("--config", str(config)))
    assert found.startswith(str(config))
    assert told in found


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "ports:\n"])
def test_a_file_may_say_nothing(config: Path, text: str) -> None:
    config.write_text(text)
    assert load(["--config", str(config)], {}).ports == PortRange(10_000, 10_099)


def test_a_file_that_is_not_there_is_told() -> None:
    assert str(refusal("--config", "/nowhere.yaml")) == "--config: cannot read /nowhere.yaml: No such file or directory"


def test_a_mistake_in_a_secret_does_not_show_it(config: Path) -> None:
    config.write_text("slack-bot-token: [xoxb-geheim]\ndatabase-url: {a: geheim}\n")
    assert "geheim" not in str(refusal("--config", str(config)))


README_OF_THE_PREVIOUS_SERVICE = """
    --kubeconfig ~/.kube/config
    --enable-v1
    --enable-v2
    --listen-port 3343
    --api-addr http://127.0.0.1:5555
    --default-map-port 8849
    --port-range-start 9000
    --port-range-end 9100
    --allowed-namespaces default
    --max-mapping-time 10800
"""


def test_the_command_line_of_the_previous_services_readme_works_as_it_stands() -> None:
    settings = load(README_OF_THE_PREVIOUS_SERVICE.split(), {})
    assert settings.gateway is GatewayKind.EMBEDDED
    assert settings.all_ports == Ports.of(PortRange(10_000, 10_099), PortRange(8849, 8849), PortRange(9000, 9100))
    assert settings.runs_without_slack


@pytest.mark.parametrize("password", [["--api-password", "x"], ["--api-password-file", "/run/x"]])
def test_the_data_plane_apis_password_says_that_it_is_meant(password: list[str]) -> None:
    assert load(password, {}).gateway is GatewayKind.DATAPLANE
    assert load(["--gateway", "embedded", *password], {}).gateway is GatewayKind.EMBEDDED


def test_with_tokens_it_listens_everywhere_unless_told_otherwise() -> None:
    tokens = ["--api-token-file", "tokens.yaml"]
    assert str(load(tokens, {}).listen_addr) == "0.0.0.0"
    assert str(load([*tokens, "--listen-addr", "127.0.0.1"], {}).listen_addr) == "127.0.0.1"


def test_ports_of_what_is_off_are_in_nobodys_way() -> None:
    settings = load(["--ports", "8800-9200"], {})
    assert settings.all_ports == Ports.of(PortRange(8800, 9200))


def test_it_runs_without_slack_only_where_there_is_something_else_to_serve() -> None:
    assert not load([], {}).runs_without_slack
    assert load(["--api-token-file", "x"], {}).runs_without_slack
    assert not load(["--enable-v1"], {"SLACK_BOT_TOKEN": "xoxb-1"}).runs_without_slack


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--default-map-port", "80"], "80 is below 1024, where only root may listen"),
        (["--port-range-start", "no"], "'no' is not a port from 1 to 65535"),
        (["--entry-api", "10.1.2.3:3344"], "10.1.2.3 is not loopback, where only this machine gets in"),
        (["--entry-api", "3344"], "'' is not an IP address"),
        (["--v1-allow-from", "10.8.0.1/16"], "for example --v1-allow-from 10.8.0.0/16"),
        (["--v2-sources", "everybody"], "everybody"),
        (["--announce-channel", "#general"], "'#general' is not the id of a channel"),
        (["--jprofiler-port-name", "a b"], "'a b' is not the name of a port"),
        (["--max-batch-size", "0"], "'0' is not a number from 1 to 10000"),
        (["--check-interval", "0"], "no time at all"),
    ],
)
def test_mistakes_in_what_the_previous_service_had_are_told(argv: list[str], told: str) -> None:
    assert told in str(refusal(*argv))


def test_a_dash_and_an_underscore_in_a_ports_name_are_alike() -> None:
    settings = load(["--jprofiler-port-name", "JProfiler_TCP", "--port-name", "my_debug"], {})
    assert (settings.jprofiler_port_name, settings.port_name) == ("jprofiler-tcp", "my-debug")
