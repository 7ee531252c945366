# Serves a model as MLflow saved it, by MLflow's own server. Azure ML builds the image, and lays the model's folder
# where AZUREML_MODEL_DIR says.
FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home model
COPY champion/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt
USER model
WORKDIR /home/model
ENV MLFLOW_DISABLE_TELEMETRY=true
EXPOSE 5001
CMD exec mlflow models serve --model-uri "$AZUREML_MODEL_DIR/champion" --env-manager local --host 0.0.0.0 --port 5001
