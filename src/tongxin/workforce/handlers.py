"""The workforce hears nothing from below: what people can do is told by them, and hours come by a call from above."""
