# What the processor can do at best with the kernels' own threads: reading memory that no cache holds, and float32 products that fit the caches.
class Limits(Module):
  __parameters__ = []
  __buffers__ = []
  tensors : List[Tensor]

  # a vector of `floats` and two square matrices of `width`
  def prepare(self: __torch__.Limits, floats: int, width: int) -> int:
    self.tensors = [torch.ones([floats], dtype=6), torch.rand([width, width], dtype=6), torch.rand([width, width], dtype=6)]
    return floats

  def read(self: __torch__.Limits) -> Tensor:
    return torch.sum(self.tensors[0])

  def multiply(self: __torch__.Limits) -> Tensor:
    return torch.mm(self.tensors[1], self.tensors[2])
