"""Plan, measure, judge and render the compatibility matrix; runs in the controlling environment."""
