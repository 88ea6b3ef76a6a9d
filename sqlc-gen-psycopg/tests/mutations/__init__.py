"""Small changes to the plugin's analysis, each of which a test has to notice."""
