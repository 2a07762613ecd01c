"""How a run's curves are laid out and drawn; `widgets.chart.loss_chart` shows them."""
