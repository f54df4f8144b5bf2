"""What is known about the models that the old service compared; static, by its contract."""

from typing import Any, Final


def _model(  # noqa: PLR0913, PLR0917 - one row of a table
    name: str, provider: str, context: str, performance: str, size: str, strengths: list[str], weaknesses: list[str],
    best_for: list[str], note: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    row: dict[str, Any] = {
        "name": name, "provider": provider, "context_window": context, "max_tokens": "4000",
        "performance": performance, "cost": "Free", "strengths": strengths, "weaknesses": weaknesses,
        "best_for": best_for, "model_size": size, "release_date": "2024", "license": "Commercial",
        "api_compatibility": "OpenAI-compatible",
    }  # fmt: skip
    return row if note is None else {**row, "note": note}


MODELS: Final[dict[str, dict[str, Any]]] = {
    "mistral-small": _model(
        "Mistral Small 3.2 24B Instruct", "Mistral AI", "32K tokens", "High", "24B parameters",
        ["Follows instructions well", "Several languages", "Code"], ["Smaller context than others"],
        ["General chat", "Summaries", "Code help"],
    ),
    "deepseek-r1": _model(
        "DeepSeek R1 0528", "DeepSeek", "128K tokens", "Very High", "undisclosed",
        ["Step-by-step reasoning", "Mathematics", "Code"], ["Slow: thinks before it answers"],
        ["Hard problems", "Analysis", "Code"],
    ),
    "deepseek-chat": _model(
        "DeepSeek Chat V3 0324", "DeepSeek", "128K tokens", "Very High", "undisclosed",
        ["Natural conversation", "Long context", "Quick"], ["Less thorough than a reasoning model"],
        ["Conversation", "Writing", "Questions about long texts"], "Tuned for chat; recommended.",
    ),
    "qwen3-8b": _model(
        "Qwen3 8B", "Alibaba", "32K tokens", "Good", "8B parameters", ["Quick", "Several languages"],
        ["Weaker at hard problems"], ["Short answers", "Translation", "Classification"],
    ),
    "gemma-3n": _model(
        "Gemma 3N E2B IT", "Google", "8K tokens", "Good", "2B parameters", ["Very quick", "Small"],
        ["Short context", "Limited knowledge"], ["Simple questions", "Drafts", "Devices"],
    ),
    "kimi-k2": _model(
        "Kimi K2", "Moonshot AI", "200K tokens", "High", "undisclosed", ["Very long context", "Several languages"],
        ["Not offered for chat here"], ["Long documents", "Research", "Translation"],
    ),
    "llama-maverick": _model(
        "Llama 4 Maverick", "Meta", "32K tokens", "Good", "undisclosed", ["Open weights", "Broad knowledge"],
        ["Not offered for chat here"], ["General chat", "Experiments", "Writing"], "Served by the community.",
    ),
    "hunyuan": _model(
        "Hunyuan A13B Instruct", "Tencent", "32K tokens", "Good", "13B parameters",
        ["Several languages", "Balanced"], ["Less known outside Chinese"],
        ["Chinese and English chat", "Summaries", "Translation"],
    ),
    "quasar-alpha": _model(
        "Quasar Alpha", "OpenRouter", "32K tokens", "Experimental", "Unknown", ["New", "Free to try"],
        ["May vanish", "Not offered for chat here"], ["Experiments", "Comparison", "Curiosity"], "Experimental.",
    ),
}  # fmt: skip

CATEGORIES: Final[dict[str, list[str]]] = {
    "high_context": ["deepseek-r1", "deepseek-chat", "kimi-k2"],
    "fast_inference": ["qwen3-8b", "gemma-3n"],
    "multilingual": ["mistral-small", "kimi-k2", "hunyuan"],
    "code_focused": ["mistral-small", "deepseek-r1"],
    "chat_optimized": ["deepseek-chat"],
    "experimental": ["quasar-alpha"],
}
