"""Language models: who is asked, with which key, and how long."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tandem.core.settings.names import Words, names


class ProviderSettings(BaseSettings):
    """Model providers and outgoing HTTP."""

    ai_provider: str = Field(
        default="",
        validation_alias=names("ai_provider"),
        description=(
            "Who writes Pomodoro's AI answers: a configured provider's name, `local` for the small model, `off` for nobody; "
            "unset: the first with a key, `ollama` where the old service found it."
        ),
    )
    ollama_model: str = Field(
        default="qwen2.5:0.5b", validation_alias=names("ollama_model"), description="Model name of Ollama."
    )

    default_model: str = Field(
        default="", description="Model key of chats that name none; unset: by what has a key."
    )
    local_enabled: bool = Field(
        default=True, description="Whether the small model of this machine may answer."
    )
    local_url: str = Field(
        default="http://127.0.0.1:8091/v1", description="Where `tandem model-server` or another one listens."
    )
    local_model: str = Field(
        default="smollm2-135m-instruct", description="Model id sent to the local server."
    )
    openrouter_api_key: SecretStr | None = Field(
        default=None, validation_alias=names("openrouter_api_key"), description="Key of OpenRouter."
    )
    openrouter_url: str = Field(
        default="https://openrouter.ai/api/v1", description="Base address of OpenRouter."
    )
    openrouter_referer: str = Field(
        default="", description="HTTP-Referer told to OpenRouter; none when empty."
    )
    openrouter_title: str = Field(
        default="Tokimeki", description="X-Title told to OpenRouter; none when empty."
    )
    deepseek_api_key: SecretStr | None = Field(
        default=None, validation_alias=names("deepseek_api_key"), description="Key of DeepSeek."
    )
    deepseek_url: str = Field(default="https://api.deepseek.com/v1", description="Base address of DeepSeek.")
    deepseek_models: Words = Field(
        default=("deepseek-chat", "deepseek-reasoner"), description="Model ids offered; separated by commas."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=names("openai_api_key"), description="Key of OpenAI."
    )
    openai_url: str = Field(default="https://api.openai.com/v1", description="Base address of OpenAI.")
    openai_models: Words = Field(
        default=("gpt-4o-mini",), description="Model ids offered; separated by commas."
    )
    ai_api_key: SecretStr | None = Field(
        default=None, validation_alias=names("ai_api_key"), description="Key of the provider called `cloud`."
    )
    ai_api_url: str = Field(
        default="https://api.deepseek.com/v1", validation_alias=names("ai_api_url"),
        description="Base address of the provider called `cloud`.",
    )  # fmt: skip
    ai_cloud_model: str = Field(
        default="deepseek-chat", validation_alias=names("ai_cloud_model"), description="Model id of `cloud`."
    )
    ollama_enabled: bool = Field(
        default=True, validation_alias=names("ollama_enabled"), description="Whether Ollama may be asked."
    )
    ollama_url: str = Field(
        default="",
        validation_alias=names("ollama_url"),
        description="Address of Ollama; not asked without one.",
    )
    vllm_url: str = Field(
        default="", validation_alias=names("vllm_url"), description="Address of vLLM; not asked without one."
    )
    vllm_model: str = Field(
        default="default", validation_alias=names("vllm_model"), description="Model id that vLLM serves."
    )
    vllm_api_key: SecretStr | None = Field(
        default=None, validation_alias=names("vllm_api_key"), description="Key of vLLM, if it wants one."
    )
    ai_connect_timeout: float = Field(
        default=5.0, gt=0, le=120, description="Seconds to connect to a provider."
    )
    ai_first_token_timeout: float = Field(
        default=30.0, gt=0, le=600, description="Seconds to the first piece of a streamed answer."
    )
    ai_idle_timeout: float = Field(
        default=30.0, gt=0, le=600, description="Seconds of silence within an answer."
    )
    ai_timeout: float = Field(
        default=180.0, gt=0, le=3600, validation_alias=names("ai_timeout", "ollama_timeout"),
        description="Seconds of one whole answer, unless the request says otherwise.",
    )  # fmt: skip
    http_connections: int = Field(
        default=1024, ge=1, le=20_000, description="Outgoing connections per worker."
    )
    http_connections_per_host: int = Field(
        default=640, ge=1, le=20_000, description="Outgoing connections to one host per worker."
    )
    http_proxy: SecretStr | None = Field(
        default=None, description="http:// proxy of outgoing calls, but for those to this machine."
    )
