"""Small changes to the plugin's analysis, each of which must make a test fail."""
