"""Running an app on Granian or Uvicorn, with a drain before every stop."""
