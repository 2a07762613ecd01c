"""How a run's curves are laid out and drawn; the widget that shows them is `widgets.loss_chart`."""
