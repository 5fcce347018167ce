"""The protocols the firmware speaks to hardware through, with the frozen values that cross them."""
