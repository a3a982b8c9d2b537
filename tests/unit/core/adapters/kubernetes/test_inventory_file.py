from ipaddress import ip_address
from pathlib import Path

import pytest

from core.adapters.kubernetes.inventory_file import EXAMPLE, BadInventory, parse
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import PodRef

PATH = Path("targets.yaml")
REF = PodRef("payments", "api-0")


def test_the_example_is_an_inventory() -> None:
    [pod] = parse(EXAMPLE, PATH).values()
    assert pod == Pod(
        ref=REF,
        uid=pod.uid,
        phase=Phase.RUNNING,
        address=ip_address("127.0.0.1"),
        ready=True,
        ports=(ContainerPort(5005, "debug"),),
    )


def test_a_uid_that_is_left_out_stays_the_same_when_the_address_changes() -> None:
    before, after = (parse(EXAMPLE.replace("127.0.0.1", address), PATH) for address in ("127.0.0.1", "127.0.0.2"))
    assert before[REF].uid == after[REF].uid
    assert before[REF].address != after[REF].address


def test_a_uid_that_is_given_is_taken() -> None:
    assert parse(f"{EXAMPLE}\n  uid: another", PATH)[REF].uid == "another"


def test_a_target_may_be_pending_and_on_its_way_out() -> None:
    pod = parse("[{namespace: a, name: b, phase: Pending, ready: false, deleting: true, host_network: true}]", PATH)
    [found] = pod.values()
    assert (found.phase, found.address, found.ready, found.deleting, found.host_network) == (
        Phase.PENDING,
        None,
        False,
        True,
        True,
    )


@pytest.mark.parametrize("text", ["[]", "# nothing yet\n"])
def test_an_empty_list_has_no_targets(text: str) -> None:
    assert parse(text, PATH) == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- namespace: a\n  name: [b", 2, "expected"),
        ("namespace: a", 1, "list"),
        ("- namespace: a\n  adress: 127.0.0.1\n  name: b", 2, "adress"),
        ("# targets\n- namespace: a\n  name: b\n  address: nowhere", 4, "address"),
        ("- namespace: a\n  address: 127.0.0.1", 1, "name"),
        ("- namespace: a\n  name: b\n  ports:\n  - name: x\n    number: 70000", 5, "number"),
        ("- namespace: a\n  name: b\n  phase: Asleep", 3, "phase"),
        ("- namespace: a\n  name: b\n- namespace: a b\n  name: c", 3, "namespace"),
        ("- {namespace: a, name: b}\n- {namespace: a, name: b}", 2, "twice"),
        ("- just text", 1, "dictionary"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_an_example(text: str, line: int, words: str) -> None:
    with pytest.raises(BadInventory) as caught:
        parse(text, PATH)
    assert caught.value.line == line
    assert f"targets.yaml cannot be read, line {line}: " in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.hint == EXAMPLE
