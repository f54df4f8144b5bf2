"""Who may call: API keys, what they allow, and knowing of every change of them."""
