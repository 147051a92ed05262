FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/dataops
COPY requirements-runtime.lock ./
RUN /opt/dataops/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md ./
COPY contracts contracts
COPY services services
RUN /opt/dataops/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --no-create-home dataops
COPY --from=build /opt/dataops /opt/dataops
ENV PATH=/opt/dataops/bin:$PATH
USER dataops
ENTRYPOINT ["dataops"]
