"""Language models behind an OpenAI-compatible server: prompts, questions, answers, what they cost."""
