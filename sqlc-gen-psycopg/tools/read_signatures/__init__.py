"""Read the functions, operators and casts of servers, and whether they return NULL."""
