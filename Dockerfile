FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/dataops
COPY requirements-runtime.lock ./
RUN /opt/dataops/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md ./
COPY contracts contracts
COPY services services
RUN /opt/dataops/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    && /opt/dataops/bin/pip uninstall --yes --quiet --disable-pip-version-check setuptools pip

FROM python:3.12-slim
RUN groupadd --gid 10001 dataops && useradd --uid 10001 --gid dataops --no-create-home --no-log-init dataops
COPY --from=build /opt/dataops /opt/dataops
ENV PATH=/opt/dataops/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["dataops"]
