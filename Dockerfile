FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.txt pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/tandem && /opt/tandem/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY src src
RUN /opt/tandem/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home tandem
COPY --from=build /opt/tandem /opt/tandem
USER tandem
WORKDIR /home/tandem
ENV PATH=/opt/tandem/bin:$PATH TANDEM_HOME=/home/tandem/.tandem TANDEM_DRAIN_DELAY=5
EXPOSE 5002
# Behind something that authenticates: pass TANDEM_AUTH=off and DATABASE_URL.
CMD ["tandem", "serve", "pomodoro", "--host", "0.0.0.0", "--workers", "4"]
