"""Who asks: tokens, API keys and staff sign-in become a principal."""
