"""Measurements that `make bench` prints: ratios taken in one run, and how long the set-up takes."""
