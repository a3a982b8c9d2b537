# The bot, with the HAProxy that it starts by itself.
#
#   docker build -t pod-proxier .
#   docker run -d --name pod-proxier --network host --init -v pod-proxier:/var/lib/pod-proxier pod-proxier --policy ...
#
# HAProxy goes with this container: docs/operations.md tells how its sessions outlive the bot.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_CONSTRAINT=/src/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY core core
COPY bot bot
RUN python -m pip wheel --no-deps --wheel-dir /wheels .
RUN python -m venv /opt/pod-proxier
RUN /opt/pod-proxier/bin/python -m pip install /wheels/*.whl
# The client's typed objects: 110 MB, and core/adapters/kubernetes decodes the bytes by itself.
RUN find /opt/pod-proxier/lib -path '*/kubernetes/*client/*' \( -path '*/models/*' -o -path '*/api/*' \) \
    -type f ! -name '__init__*' -delete
# Nobody installs anything more into it.
RUN /opt/pod-proxier/bin/python -m pip uninstall --yes pip setuptools

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="Pod-Proxier" \
      org.opencontainers.image.description="Time-limited, approved TCP ports to Kubernetes pods through HAProxy" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 1000 pod-proxier \
 && useradd --uid 1000 --gid 1000 --home-dir /var/lib/pod-proxier --create-home --shell /usr/sbin/nologin pod-proxier \
 && chmod 700 /var/lib/pod-proxier
COPY --from=build /opt/pod-proxier /opt/pod-proxier
ENV PATH=/opt/pod-proxier/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    POD_PROXIER_STATE_DIR=/var/lib/pod-proxier
WORKDIR /var/lib/pod-proxier
# A number, or Kubernetes cannot see that it is not root.
USER 1000:1000
# Where the REST API listens elsewhere, say so by POD_PROXIER_LISTEN_PORT, which this reads too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["python", "-c", "import http.client, os, sys; there = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('POD_PROXIER_LISTEN_PORT') or 3343), timeout=4); there.request('GET', '/health'); sys.exit(there.getresponse().status != 200)"]
ENTRYPOINT ["pod-proxier"]
CMD ["serve"]
