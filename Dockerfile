# The tools that build the wheel stay behind in this stage.
FROM python:3.11-slim AS wheel
WORKDIR /app
COPY requirements.txt pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist .

FROM python:3.11-slim AS build
COPY requirements-serve.txt ./
RUN python -m venv /opt/tandem && /opt/tandem/bin/pip install --no-cache-dir --require-hashes -r requirements-serve.txt
COPY --from=wheel /dist /dist
RUN /opt/tandem/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.11-slim
RUN useradd --create-home tandem
COPY --from=build /opt/tandem /opt/tandem
USER tandem
WORKDIR /home/tandem
ENV PATH=/opt/tandem/bin:$PATH TANDEM_HOME=/home/tandem/.tandem TANDEM_DRAIN_DELAY=5
EXPOSE 5002
# Behind something that authenticates: pass TANDEM_AUTH=off and DATABASE_URL.
CMD ["tandem", "serve", "pomodoro", "--host", "0.0.0.0", "--workers", "4"]
