"""Places, reached within their limits: who is connected, who is left alone, who may still write."""
