"""skcnn beside its peers: ``python -m benchmarks`` measures, tabulates and draws."""
