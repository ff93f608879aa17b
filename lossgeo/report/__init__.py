"""Reports: percent scripts run as one notebook, and the notebook set as one page that opens offline."""
