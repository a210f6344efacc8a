# Does a CUDA device compute, and the same as the processor?
class Devices(Module):
  __parameters__ = []
  __buffers__ = []

  # largest difference between the two products, relative to the largest element; fails where there is no such device
  def compare(self: __torch__.Devices, index: int, width: int) -> Tensor:
    device = torch.device(torch.format("cuda:{}", index))
    a = torch.rand([width, width], dtype=6)
    b = torch.rand([width, width], dtype=6)
    there = torch.to(torch.mm(torch.to(a, device, 6), torch.to(b, device, 6)), torch.device("cpu"), 6)
    here = torch.mm(a, b)
    return torch.div(torch.max(torch.abs(torch.sub(there, here))), torch.max(torch.abs(here)))
