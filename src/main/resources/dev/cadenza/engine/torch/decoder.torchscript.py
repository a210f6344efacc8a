# The decoder as TorchScript: one call of `step` runs a whole ragged batch. Java packs this text into an archive and binds the weights.
#
# Linears, four a layer (qkv, attention output, gate and up, down) and the head last, are held for one of two dense kernels: float16 weights with
# float32 activations and sums (FBGEMM), or float32 (oneDNN). Where the layers run in Java (dev.cadenza.engine.vector), this program has the KV arena
# and the sampling, and no weights.
#
# KV arena, one flat tensor per layer, [slots * 2 * kv_heads, head_dim]: a region of capacity C that starts at slot o is the block
# [2 * kv_heads, C, head_dim] from row o * 2 * kv_heads on, keys first.
# Every row's arithmetic has shapes that do not depend on what shares the step: linears of next-token rows run in numbers of rows that the
# self-test found to give the same bits (Java pads to them), decode attention takes each row as a batch item, prefill runs one block of
# positions at a time.
class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  dense : List[Tensor]
  halves : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  norms : List[Tensor]
  tables : List[Tensor]
  kv : List[Tensor]
  logits : List[Tensor]
  layers : int
  hidden : int
  heads : int
  kv_heads : int
  head_dim : int
  feed_forward : int
  halved : bool
  onednn : bool
  most_rows : int

  # The caller's memory is copied: its tensors do not outlive the call.
  # tables: embedding values [vocabulary, hidden] (int8 or float32), their scales [vocabulary, hidden / 32] or empty, cos and signed sin
  # [context, head_dim], final norm [hidden], last column of the residual [1]
  def bind(self: __torch__.Decoder, tables: List[Tensor], norms: List[Tensor]) -> int:
    owned = annotate(List[Tensor], [])
    for i in range(torch.len(tables)):
      _0 = torch.append(owned, torch.clone(tables[i]))
    self.tables = owned
    owned_norms = annotate(List[Tensor], [])
    for i0 in range(torch.len(norms)):
      _1 = torch.append(owned_norms, torch.clone(norms[i0]))
    self.norms = owned_norms
    return torch.len(norms)

  # Preparing needs nothing of the module but its flags: several threads do it at once. weight [outputs, inputs] float32.
  def prepare_half(self: __torch__.Decoder, weight: Tensor) -> __torch__.torch.classes.quantized.LinearPackedParamsBase:
    return ops.quantized.linear_prepack_fp16(weight, None)

  def prepare_float(self: __torch__.Decoder, weight: Tensor, rows: int) -> Tensor:
    if self.onednn:
      out = ops.mkldnn._reorder_linear_weight(weight, rows)
    else:
      out = torch.clone(weight)
    return out

  def add_half(self: __torch__.Decoder, prepared: __torch__.torch.classes.quantized.LinearPackedParamsBase) -> int:
    _0 = torch.append(self.halves, prepared)
    return torch.len(self.halves)

  def add_float(self: __torch__.Decoder, prepared: Tensor) -> int:
    _0 = torch.append(self.dense, prepared)
    return torch.len(self.dense)

  # least and largest weight [2]
  def bounds(self: __torch__.Decoder, weight: Tensor) -> Tensor:
    least, largest, = torch.aminmax(weight)
    return torch.stack([least, largest])

  # of float16 weights against a plain float32 product, the largest error relative to the largest output
  def half_error(self: __torch__.Decoder, prepared: __torch__.torch.classes.quantized.LinearPackedParamsBase, weight: Tensor, x: Tensor) -> Tensor:
    exact = torch.linear(x, weight)
    fast = ops.quantized.linear_dynamic_fp16(x, prepared)
    return torch.div(torch.max(torch.abs(torch.sub(fast, exact))), torch.max(torch.abs(exact)))

  def use_halves(self: __torch__.Decoder, sample: Tensor) -> int:
    y = ops.quantized.linear_dynamic_fp16(sample, ops.quantized.linear_prepack_fp16(sample, None))
    self.halved = True
    return torch.numel(y)

  def use_onednn(self: __torch__.Decoder, sample: Tensor) -> int:
    _0 = ops.mkldnn._reorder_linear_weight(sample, 8)
    self.onednn = True
    return torch.numel(sample)

  # The memory is as the system gives it, garbage included: slots are cleared before their first use, so that unused ones cost no memory.
  def allocate(self: __torch__.Decoder, slots: int) -> int:
    rows = slots * 2 * self.kv_heads
    arenas = annotate(List[Tensor], [])
    for i in range(self.layers):
      _0 = torch.append(arenas, torch.empty([rows, self.head_dim], dtype=6))
    self.kv = arenas
    return rows

  # One per layer, for Java to write to.
  def arenas(self: __torch__.Decoder) -> List[Tensor]:
    return self.kv

  def region(self: __torch__.Decoder, layer: int, base: int, capacity: int) -> Tensor:
    planes = 2 * self.kv_heads
    d = self.head_dim
    return torch.as_strided(self.kv[layer], [planes, capacity, d], [capacity * d, d, 1], base * planes * d)

  def copy_region(self: __torch__.Decoder, base: int, capacity: int, to_base: int, to_capacity: int, slots: int) -> int:
    for i in range(self.layers):
      source = torch.slice(self.region(i, base, capacity), 1, 0, slots)
      _0 = torch.copy_(torch.slice(self.region(i, to_base, to_capacity), 1, 0, slots), source)
    return slots

  def compact(self: __torch__.Decoder, base: int, capacity: int, sources: List[int], targets: List[int]) -> int:
    from_slots = torch.tensor(sources, dtype=4)
    to_slots = torch.tensor(targets, dtype=4)
    for i in range(self.layers):
      region = self.region(i, base, capacity)
      _0 = torch.index_copy_(region, 1, to_slots, torch.index_select(region, 1, from_slots))
    return 0

  # A masked key must be finite to count as nothing.
  def clear(self: __torch__.Decoder, base: int, slots: int) -> int:
    planes = 2 * self.kv_heads
    for i in range(self.layers):
      _0 = torch.zero_(torch.slice(self.kv[i], 0, base * planes, (base + slots) * planes))
    return slots

  # [n] ids -> residual [n, hidden + 1]; the last column makes the norm below exact in epsilon
  def embed(self: __torch__.Decoder, ids: Tensor) -> Tensor:
    rows = torch.to(torch.index_select(self.tables[0], 0, ids), 6)
    if torch.gt(torch.numel(self.tables[1]), 0):
      grouped = torch.view(rows, [-1, torch.floordiv(self.hidden, 32), 32])
      rows = torch.reshape(torch.mul(grouped, torch.unsqueeze(torch.index_select(self.tables[1], 0, ids), 2)), [-1, self.hidden])
    else:
      pass
    last = torch.expand(self.tables[5], [torch.size(rows, 0), 1])
    return torch.cat([rows, last], 1)

  # x / sqrt(mean(x^2) + eps) * w, with sqrt(hidden) folded into w at load
  def norm(self: __torch__.Decoder, residual: Tensor, weight: Tensor) -> Tensor:
    lengths = torch.linalg_vector_norm(residual, 2, [1], True)
    return torch.mul_(torch.div(torch.slice(residual, 1, 0, self.hidden), lengths), weight)

  def dense_linear(self: __torch__.Decoder, x: Tensor, index: int) -> Tensor:
    if self.halved:
      y = ops.quantized.linear_dynamic_fp16(x, self.halves[index])
    else:
      if self.onednn:
        y = ops.mkldnn._linear_pointwise(x, self.dense[index], None, "none", annotate(List[Optional[number]], []), "")
      else:
        y = torch.linear(x, self.dense[index])
    return y

  # The same for rows whose bits must not depend on their number: no more rows a call than the self-test has compared.
  def few_rows_linear(self: __torch__.Decoder, x: Tensor, index: int) -> Tensor:
    n = torch.size(x, 0)
    most = self.most_rows
    if torch.le(n, most):
      y = self.dense_linear(x, index)
    else:
      pieces = annotate(List[Tensor], [])
      for i in range(torch.floordiv(n + most - 1, most)):
        _0 = torch.append(pieces, self.dense_linear(torch.slice(x, 0, most * i, most * i + most), index))
      y = torch.cat(pieces, 0)
    return y

  # qkv [n, (heads + 2 * kv_heads) * head_dim], queries and keys rotated in place -> [n, heads + 2 * kv_heads, head_dim]
  def rotate(self: __torch__.Decoder, qkv: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    d = self.head_dim
    all = torch.view(qkv, [torch.size(qkv, 0), -1, d])
    qk = torch.slice(all, 1, 0, self.heads + self.kv_heads)
    halves = torch.view(qk, [torch.size(qk, 0), self.heads + self.kv_heads, 2, torch.floordiv(d, 2)])
    flipped = torch.reshape(torch.flip(halves, [2]), [torch.size(qk, 0), self.heads + self.kv_heads, d])
    _0 = torch.addcmul_(torch.mul_(qk, cos), flipped, sin)
    return all

  def store(self: __torch__.Decoder, layer: int, qkv: Tensor, writes: Tensor) -> int:
    fresh = torch.slice(qkv, 1, self.heads, self.heads + 2 * self.kv_heads)
    _0 = torch.index_copy_(self.kv[layer], 0, writes, torch.reshape(fresh, [-1, self.head_dim]))
    return 0

  # rows of the arena that take the keys and values of tokens at `slots` of regions (bases, capacities): [n * 2 * kv_heads]
  def writes(self: __torch__.Decoder, bases: Tensor, capacities: Tensor, slots: Tensor) -> Tensor:
    planes = 2 * self.kv_heads
    plane = torch.mul(torch.unsqueeze(capacities, 1), torch.unsqueeze(torch.arange(planes, dtype=4), 0))
    return torch.reshape(torch.add(plane, torch.unsqueeze(torch.add(torch.mul(bases, planes), slots), 1)), [-1])

  def mlp(self: __torch__.Decoder, gate_up: Tensor) -> Tensor:
    f = self.feed_forward
    return torch.mul_(torch.silu(torch.slice(gate_up, 1, 0, f)), torch.slice(gate_up, 1, f, 2 * f))

  # groups: per run of rows whose regions have one capacity and are evenly spaced:
  # first row, rows, first base, distance of bases, capacity, key length, offset in masks
  # padding [any, heads * head_dim] follows the groups' rows
  def attend(self: __torch__.Decoder, layer: int, qkv: Tensor, groups: List[int], masks: List[Tensor], padding: Tensor) -> Tensor:
    d = self.head_dim
    kvh = self.kv_heads
    planes = 2 * kvh
    outputs = annotate(List[Tensor], [])
    for g in range(torch.floordiv(torch.len(groups), 7)):
      row = groups[7 * g]
      n = groups[7 * g + 1]
      capacity = groups[7 * g + 4]
      strides = [groups[7 * g + 3] * planes * d, capacity * d, d, 1]
      sizes = [n, kvh, groups[7 * g + 5], d]
      offset = groups[7 * g + 2] * planes * d
      keys = torch.as_strided(self.kv[layer], sizes, strides, offset)
      values = torch.as_strided(self.kv[layer], sizes, strides, offset + kvh * capacity * d)
      rows = torch.slice(torch.slice(qkv, 0, row, row + n), 1, 0, self.heads)
      queries = torch.reshape(rows, [n, kvh, -1, d])
      attended, _0, = ops.aten._scaled_dot_product_flash_attention_for_cpu(queries, keys, values, 0., False, attn_mask=masks[g])
      _1 = torch.append(outputs, torch.reshape(attended, [n, -1]))
    if torch.gt(torch.size(padding, 0), 0):
      _2 = torch.append(outputs, padding)
    else:
      pass
    if torch.eq(torch.len(outputs), 1):
      out = outputs[0]
    else:
      out = torch.cat(outputs, 0)
    return out

  # One phase of the decode rows: `residual` [padded, hidden + 1], in place, through layers [first, end). rows: [5, padded] as in `decode`;
  # the padding takes part in linears only.
  def run_layers(self: __torch__.Decoder, residual: Tensor, rows: Tensor, n: int, first: int, end: int, groups: List[int], mask: Tensor) -> int:
    states = torch.slice(residual, 1, 0, self.hidden)
    cos = torch.unsqueeze(torch.index_select(self.tables[2], 0, rows[1]), 1)
    sin = torch.unsqueeze(torch.index_select(self.tables[3], 0, rows[1]), 1)
    real = torch.slice(rows, 1, 0, n)
    writes = self.writes(real[2], real[3], real[4])
    padding = torch.zeros([torch.size(residual, 0) - n, self.heads * self.head_dim], dtype=6)
    masks = annotate(List[Tensor], [])
    for g in range(torch.floordiv(torch.len(groups), 7)):
      members = groups[7 * g + 1]
      length = groups[7 * g + 5]
      offset = groups[7 * g + 6]
      _0 = torch.append(masks, torch.view(torch.slice(mask, 0, offset, offset + members * length), [members, 1, 1, length]))
    for i in range(first, end):
      qkv = self.rotate(self.few_rows_linear(self.norm(residual, self.norms[2 * i]), 4 * i), cos, sin)
      _1 = self.store(i, torch.slice(qkv, 0, 0, n), writes)
      _2 = torch.add_(states, self.few_rows_linear(self.attend(i, qkv, groups, masks, padding), 4 * i + 1))
      gate_up = self.few_rows_linear(self.norm(residual, self.norms[2 * i + 1]), 4 * i + 2)
      _3 = torch.add_(states, self.few_rows_linear(self.mlp(gate_up), 4 * i + 3))
    return end

  # captures: per captured tensor its source (-1: the decode rows, else a prefill block), layer, offset and number of rows in capture_rows
  def capture(self: __torch__.Decoder, residual: Tensor, source: int, layer: int, captures: List[int], capture_rows: Tensor,
              captured: List[Tensor]) -> int:
    for c in range(torch.floordiv(torch.len(captures), 4)):
      if torch.eq(captures[4 * c], source) and torch.eq(captures[4 * c + 1], layer):
        rows = torch.slice(capture_rows, 0, captures[4 * c + 2], captures[4 * c + 2] + captures[4 * c + 3])
        _0 = torch.append(captured, torch.index_select(torch.slice(residual, 1, 0, self.hidden), 0, rows))
      else:
        pass
    return torch.len(captured)

  # rows: [5, padded] ids, positions, bases, capacities, slots; those from n on are padding
  # phases: per phase first layer, end layer, rows, padded rows, offset in phase_rows (-1: all rows), first group, end group
  # resumed: states [any, hidden] that replace the embeddings of the rows in resumed_rows
  # returns the residual behind the layers of every row [padded, hidden + 1]
  def decode(self: __torch__.Decoder, rows: Tensor, groups: List[int], mask: Tensor, phases: List[int], phase_rows: Tensor,
             resumed: Tensor, resumed_rows: Tensor, captures: List[int], capture_rows: Tensor, captured: List[Tensor]) -> Tensor:
    residual = self.embed(rows[0])
    if torch.gt(torch.numel(resumed_rows), 0):
      _0 = torch.index_copy_(torch.slice(residual, 1, 0, self.hidden), 0, resumed_rows, resumed)
    else:
      pass
    for p in range(torch.floordiv(torch.len(phases), 7)):
      first = phases[7 * p]
      end = phases[7 * p + 1]
      n = phases[7 * p + 2]
      offset = phases[7 * p + 4]
      own_groups = torch.slice(groups, 7 * phases[7 * p + 5], 7 * phases[7 * p + 6])
      _1 = self.capture(residual, -1, first, captures, capture_rows, captured)
      if torch.eq(n, 0):
        pass
      else:
        if torch.eq(offset, -1):
          _2 = self.run_layers(residual, rows, n, first, end, own_groups, mask)
        else:
          chosen = torch.slice(phase_rows, 0, offset, offset + phases[7 * p + 3])
          part = torch.index_select(residual, 0, chosen)
          _3 = self.run_layers(part, torch.index_select(rows, 1, chosen), n, first, end, own_groups, mask)
          _4 = torch.index_copy_(residual, 0, torch.slice(chosen, 0, 0, n), torch.slice(part, 0, 0, n))
    _5 = self.capture(residual, -1, self.layers, captures, capture_rows, captured)
    return residual

  # one block of a prompt: ids [m] at positions [first, first + m) of the region (base, capacity) -> final residual [m, hidden + 1]
  def prefill(self: __torch__.Decoder, ids: Tensor, first: int, base: int, capacity: int, block: int, captures: List[int],
              capture_rows: Tensor, captured: List[Tensor]) -> Tensor:
    d = self.head_dim
    kvh = self.kv_heads
    m = torch.size(ids, 0)
    length = first + m
    residual = self.embed(ids)
    states = torch.slice(residual, 1, 0, self.hidden)
    cos = torch.unsqueeze(torch.slice(self.tables[2], 0, first, length), 1)
    sin = torch.unsqueeze(torch.slice(self.tables[3], 0, first, length), 1)
    future = torch.triu(torch.full([m, m], -float("inf"), dtype=6), 1)
    for i in range(self.layers):
      _4 = self.capture(residual, block, i, captures, capture_rows, captured)
      qkv = self.rotate(self.dense_linear(self.norm(residual, self.norms[2 * i]), 4 * i), cos, sin)
      region = self.region(i, base, capacity)
      fresh = torch.permute(torch.slice(qkv, 1, self.heads, self.heads + 2 * kvh), [1, 0, 2])
      _0 = torch.copy_(torch.slice(region, 1, first, length), fresh)
      keys = torch.slice(torch.slice(region, 0, 0, kvh), 1, 0, length)
      values = torch.slice(torch.slice(region, 0, kvh, 2 * kvh), 1, 0, length)
      grouped = torch.view(torch.slice(qkv, 1, 0, self.heads), [m, kvh, -1, d])
      queries = torch.reshape(torch.permute(grouped, [1, 2, 0, 3]), [kvh, -1, d])
      scores = torch.mul_(torch.bmm(queries, torch.transpose(keys, 1, 2)), 1. / torch.sqrt(d))
      _1 = torch.add_(torch.slice(torch.view(scores, [kvh, -1, m, length]), 3, first, length), future)
      attended = torch.view(torch.bmm(torch.softmax(scores, -1), values), [kvh, -1, m, d])
      joined = torch.reshape(torch.permute(attended, [2, 0, 1, 3]), [m, -1])
      _2 = torch.add_(states, self.dense_linear(joined, 4 * i + 1))
      gate_up = self.dense_linear(self.norm(residual, self.norms[2 * i + 1]), 4 * i + 2)
      _3 = torch.add_(states, self.dense_linear(self.mlp(gate_up), 4 * i + 3))
    _5 = self.capture(residual, block, self.layers, captures, capture_rows, captured)
    return residual

  # sum over the last dimension in an order that does not depend on the number of rows: torch splits one long row over threads
  def total(self: __torch__.Decoder, x: Tensor) -> Tensor:
    width = torch.size(x, 1)
    whole = torch.floordiv(width, 512) * 512
    heads = torch.sum(torch.sum(torch.reshape(torch.slice(x, 1, 0, whole), [torch.size(x, 0), -1, 512]), [2]), [1])
    return torch.add(heads, torch.sum(torch.slice(x, 1, whole, width), [1]))

  # ln sum exp(logits / temperature) per row; temperatures [n]
  def log_sum_exp(self: __torch__.Decoder, logits: Tensor, temperatures: Tensor) -> Tensor:
    best = torch.amax(logits, [1], True)
    scaled = torch.div_(torch.sub(logits, best), torch.unsqueeze(temperatures, 1))
    return torch.add(torch.log(self.total(torch.exp_(scaled))), torch.div(torch.squeeze(best, 1), temperatures))

  # entropy in nats of softmax(logits / temperature) per row; temperatures [n]
  def entropy(self: __torch__.Decoder, logits: Tensor, temperatures: Tensor) -> Tensor:
    scaled = torch.div_(torch.sub(logits, torch.amax(logits, [1], True)), torch.unsqueeze(temperatures, 1))
    weights = torch.exp(scaled)
    mass = self.total(weights)
    return torch.sub(torch.log(mass), torch.div(self.total(torch.mul_(weights, scaled)), mass))

  # edits: flat indices into the logits, divisors, addends
  def edited(self: __torch__.Decoder, logits: Tensor, indices: Tensor, divisors: Tensor, addends: Tensor) -> Tensor:
    if torch.eq(torch.numel(indices), 0):
      out = logits
    else:
      out = torch.clone(logits)
      flat = torch.view(out, [-1])
      old = torch.index_select(flat, 0, indices)
      new = torch.add(torch.where(torch.gt(old, 0.), torch.div(old, divisors), torch.mul(old, divisors)), addends)
      _0 = torch.index_copy_(flat, 0, indices, new)
    return out

  # decoded: number of decode rows. blocks: per prefill block offset and number of ids, first position, base, capacity, and 1 when rows of it are
  # wanted. The other arguments as in `decode`.
  # returns the residual of decode rows and of wanted blocks [any, hidden + 1], then the captured states: those of decode rows by layer, then those
  # of blocks, by layer
  def run(self: __torch__.Decoder, decode_rows: Tensor, decoded: int, groups: List[int], mask: Tensor, phases: List[int], phase_rows: Tensor,
          resumed: Tensor, resumed_rows: Tensor, captures: List[int], capture_rows: Tensor, prompt_ids: Tensor, blocks: List[int]) -> List[Tensor]:
    outputs = annotate(List[Tensor], [])
    captured = annotate(List[Tensor], [])
    if torch.gt(decoded, 0):
      rows = self.decode(decode_rows, groups, mask, phases, phase_rows, resumed, resumed_rows, captures, capture_rows, captured)
      _0 = torch.append(outputs, torch.slice(rows, 0, 0, decoded))
    else:
      pass
    for b in range(torch.floordiv(torch.len(blocks), 6)):
      ids = torch.slice(prompt_ids, 0, blocks[6 * b], blocks[6 * b] + blocks[6 * b + 1])
      residual = self.prefill(ids, blocks[6 * b + 2], blocks[6 * b + 3], blocks[6 * b + 4], b, captures, capture_rows, captured)
      if torch.eq(blocks[6 * b + 5], 1):
        _1 = torch.append(outputs, residual)
      else:
        pass
    if torch.gt(torch.len(outputs), 0):
      result = [torch.cat(outputs, 0)]
    else:
      result = [torch.empty([0], dtype=6)]
    for c in range(torch.len(captured)):
      _2 = torch.append(result, captured[c])
    return result

  # As `run`, with the arguments of `sample` behind; its two results replace the residual. counts[0]: number of sampled rows.
  def step(self: __torch__.Decoder, decode_rows: Tensor, decoded: int, groups: List[int], mask: Tensor, phases: List[int], phase_rows: Tensor,
           resumed: Tensor, resumed_rows: Tensor, captures: List[int], capture_rows: Tensor, prompt_ids: Tensor, blocks: List[int],
           integers: Tensor, floats: Tensor, counts: List[int]) -> List[Tensor]:
    ran = self.run(decode_rows, decoded, groups, mask, phases, phase_rows, resumed, resumed_rows, captures, capture_rows, prompt_ids, blocks)
    if torch.gt(counts[0], 0):
      wanted = torch.index_select(ran[0], 0, torch.slice(integers, 0, 0, counts[6]))
      raw = self.few_rows_linear(self.norm(wanted, self.tables[4]), 4 * self.layers)
      result = self.sample(torch.slice(raw, 0, 0, counts[0]), integers, floats, counts)
    else:
      result = [torch.empty([0], dtype=4), torch.empty([0], dtype=6)]
    for c in range(1, torch.len(ran)):
      _0 = torch.append(result, ran[c])
    return result

  # raw: logits of the sampled rows
  # integers: [sampled rows, padded; drawn rows (indices into the sampled); rows with log-probabilities; edits; rows with entropies] by the lengths
  # in `counts`
  # floats: [temperature per drawn row; divisors; addends; temperature per row with entropies]
  # counts: sampled rows, drawn rows, candidates, rows with log-probabilities, edits, most top log-probabilities, padded sampled rows,
  # rows with entropies
  # returns integers [greedy ids; drawn rows' candidates; top ids of rows with log-probabilities] and floats [best edited logits, their raw
  # logits; per drawn row its log-sum-exp, candidates' edited logits and raw logits; per row with log-probabilities the raw log-sum-exp, top
  # logits; per row with entropies that of its edited logits, that of its raw logits]
  def sample(self: __torch__.Decoder, raw: Tensor, integers: Tensor, floats: Tensor, counts: List[int]) -> List[Tensor]:
    drawn = counts[1]
    candidates = counts[2]
    logged = counts[3]
    edits = counts[4]
    top = counts[5]
    padded = counts[6]
    at = padded + drawn + logged
    indices = torch.slice(integers, 0, at, at + edits)
    logits = self.edited(raw, indices, torch.slice(floats, 0, drawn, drawn + edits), torch.slice(floats, 0, drawn + edits, drawn + 2 * edits))
    self.logits = [raw, logits]
    best, greedy, = torch.max(logits, 1, True)
    whole = [torch.reshape(greedy, [-1])]
    parts = [torch.reshape(best, [-1]), torch.reshape(torch.gather(raw, 1, greedy), [-1])]
    if torch.gt(drawn, 0):
      rows = torch.slice(integers, 0, padded, padded + drawn)
      laws = torch.index_select(logits, 0, rows)
      values, ids, = torch.topk(laws, candidates, 1, True, True)
      _0 = torch.append(whole, torch.reshape(ids, [-1]))
      _1 = torch.append(parts, self.log_sum_exp(laws, torch.slice(floats, 0, 0, drawn)))
      _2 = torch.append(parts, torch.reshape(values, [-1]))
      _3 = torch.append(parts, torch.reshape(torch.gather(torch.index_select(raw, 0, rows), 1, ids), [-1]))
    else:
      pass
    if torch.gt(logged, 0):
      raws = torch.index_select(raw, 0, torch.slice(integers, 0, padded + drawn, at))
      _4 = torch.append(parts, self.log_sum_exp(raws, torch.ones([logged], dtype=6)))
      if torch.gt(top, 0):
        values0, ids0, = torch.topk(raws, top, 1, True, True)
        _5 = torch.append(whole, torch.reshape(ids0, [-1]))
        _6 = torch.append(parts, torch.reshape(values0, [-1]))
      else:
        pass
    else:
      pass
    if torch.gt(counts[7], 0):
      weighed = torch.slice(integers, 0, at + edits, at + edits + counts[7])
      temperatures = torch.slice(floats, 0, drawn + 2 * edits, drawn + 2 * edits + counts[7])
      _7 = torch.append(parts, self.entropy(torch.index_select(logits, 0, weighed), temperatures))
      _8 = torch.append(parts, self.entropy(torch.index_select(raw, 0, weighed), torch.ones([counts[7]], dtype=6)))
    else:
      pass
    return [torch.cat(whole, 0), torch.cat(parts, 0)]

  # a sampled row of the last step: raw logits, then edited logits [2 * vocabulary]
  def logits_row(self: __torch__.Decoder, row: int) -> Tensor:
    return torch.cat([self.logits[0][row], self.logits[1][row]], 0)

  # Which of these numbers of rows give every row, first and last of x, the bits that it has in a call with all of x
  def invariant_counts(self: __torch__.Decoder, x: Tensor, index: int, counts: List[int]) -> List[int]:
    most = torch.size(x, 0)
    whole = self.dense_linear(x, index)
    good = annotate(List[int], [])
    for c in range(torch.len(counts)):
      n = counts[c]
      first = torch.equal(self.dense_linear(torch.slice(x, 0, 0, n), index), torch.slice(whole, 0, 0, n))
      last = torch.equal(self.dense_linear(torch.slice(x, 0, most - n, most), index), torch.slice(whole, 0, most - n, most))
      if first and last:
        _0 = torch.append(good, n)
      else:
        pass
    return good

  def limit_rows(self: __torch__.Decoder, most: int) -> int:
    self.most_rows = most
    return most

  # numbers without a pattern in [-1, 1)
  def noise(self: __torch__.Decoder, shape: List[int], phase: float) -> Tensor:
    count = 1
    for i in range(torch.len(shape)):
      count = count * shape[i]
    return torch.view(torch.sin(torch.add(torch.mul(torch.arange(count, dtype=6), 1.7), phase)), shape)

  # Whether the attention of decode rows has the same bits for rows of mixed lengths (multiples of the key padding) together as for each alone
  def attention_is_invariant(self: __torch__.Decoder, lengths: List[int], longest: int) -> int:
    n = torch.len(lengths)
    kvh = self.kv_heads
    queries = self.noise([n, kvh, torch.floordiv(self.heads, kvh), self.head_dim], 0.1)
    keys = self.noise([n, kvh, longest, self.head_dim], 0.2)
    values = self.noise([n, kvh, longest, self.head_dim], 0.3)
    mask = torch.full([n, 1, 1, longest], -float("inf"), dtype=6)
    for i in range(n):
      _0 = torch.zero_(torch.slice(mask[i], 2, 0, lengths[i]))
    together, _1, = ops.aten._scaled_dot_product_flash_attention_for_cpu(queries, keys, values, 0., False, attn_mask=mask)
    same = 1
    for i0 in range(n):
      own = lengths[i0]
      q = torch.slice(queries, 0, i0, i0 + 1)
      k = torch.slice(torch.slice(keys, 0, i0, i0 + 1), 2, 0, own)
      v = torch.slice(torch.slice(values, 0, i0, i0 + 1), 2, 0, own)
      clear = torch.zeros([1, 1, 1, own], dtype=6)
      alone, _2, = ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0., False, attn_mask=clear)
      if torch.equal(alone, torch.slice(together, 0, i0, i0 + 1)):
        pass
      else:
        same = 0
    return same
