"""Labels that come late: which days they touch, when they are complete, and what they hide."""
