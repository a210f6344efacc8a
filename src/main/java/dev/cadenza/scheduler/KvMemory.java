package dev.cadenza.scheduler;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Region;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * All regions of an engine: those that running sequences hold, and those kept for the prompt blocks in them. A prompt block is computed once: who
 * needs one that another lease of its scope has, running or kept, copies it, or takes the kept region over. Only whole blocks computed in the role
 * PREFILL are passed on, so that a prompt's bits are the same whatever was found. Kept regions count as free memory: they give way, least recently
 * used first, before any sequence waits or is put out. Device thread only.
 */
final class KvMemory {
    /** A kept region this many times larger than the new sequence needs is copied, not taken over. */
    private static final int OVERSIZE = 4;

    private final Engine engine;
    private final int block;
    private final boolean reuses;
    private final Counters counters;
    private final PrefixTree prefixes;
    /** Least recently used first. */
    private final LinkedHashSet<KvLease> kept = new LinkedHashSet<>();

    /** @param reuses false: nothing is kept or shared */
    KvMemory(Engine engine, boolean reuses, Counters counters) {
        this.engine = engine;
        this.block = engine.shape().prefillBlock();
        this.reuses = reuses;
        this.counters = counters;
        this.prefixes = new PrefixTree(block);
    }

    /**
     * A region whose first slots already hold what is known of the prompt: whole blocks, never its last token, whose row is to be sampled.
     *
     * @param scope leases of different scopes share nothing
     * @param slots positions to make room for
     * @return {@code null}: memory does not suffice now; nothing was lost
     */
    KvLease open(int[] prompt, String scope, int slots) {
        PrefixTree.Node node = reuses ? prefixes.deepest(null, scope, prompt, reusable(prompt)) : null;
        KvLease source = node == null ? null : used(node.any());
        if (source != null && source.kept() && source.node() == node && source.region().capacity() / OVERSIZE < slots) {
            return takeOver(source, prompt, slots);
        }
        Region region = reserve(slots);
        if (region == null) {
            return null;
        }
        KvLease lease = new KvLease(this, prompt, scope, region);
        try {
            catchUp(lease);
        } catch (RuntimeException | Error e) {
            lease.release(false);
            throw e;
        }
        return lease;
    }

    boolean grow(KvLease lease, int slots) {
        List<Region> closable = keptRegions();
        closable.add(lease.region());
        return engine.couldOpen(slots, closable) && growReclaiming(lease.region(), slots);
    }

    void catchUp(KvLease lease) {
        PrefixTree.Node node = reuses ? prefixes.deepest(lease.node(), lease.scope(), lease.prompt(), reusable(lease.prompt())) : null;
        int before = lease.region().settled();
        if (node != null && node.depth() * block > before) {
            lease.region().adopt(used(node.any()).region(), node.depth() * block);
            count(lease, lease.region().settled() - before);
            publish(lease);
        }
    }

    void publish(KvLease lease) {
        int blocks = Math.min(lease.region().settled(), lease.prompt().length) / block;
        if (reuses && blocks > (lease.node() == null ? 0 : lease.node().depth())) {
            prefixes.advance(lease, blocks);
        }
    }

    void release(KvLease lease, boolean intact) {
        if (!intact || lease.node() == null || lease.node().covered(lease)) {
            prefixes.remove(lease);
            lease.region().close();
            return;
        }
        lease.region().keep();
        lease.region().truncate(lease.node().depth() * block);
        for (PrefixTree.Node node = lease.node().parent(); node != null; node = node.parent()) {
            node.ends().stream().filter(KvLease::kept).toList().forEach(this::evict);
        }
        lease.setKept(true);
        kept.add(lease);
        keptBytesChanged(lease.region().capacity());
    }

    /** Closes all that is kept. */
    void clear() {
        List.copyOf(kept).forEach(this::evict);
    }

    /** Whether, with no sequence running, memory is used by what is kept and nothing else. */
    boolean holdsOnlyKept() {
        long bytes = kept.stream().mapToLong(lease -> lease.region().capacity()).sum() * engine.shape().bytesPerSlot();
        return engine.kvBytesUsed() == bytes && counters.keptBytes() == bytes && prefixes.isEmpty() == kept.isEmpty();
    }

    private int reusable(int[] prompt) {
        return (prompt.length - 1) / block;
    }

    /** The kept region becomes the new sequence's; others find its blocks there as before. */
    private KvLease takeOver(KvLease source, int[] prompt, int slots) {
        Region region = source.region();
        if (region.capacity() < slots && !engine.couldOpen(slots, keptRegions())) {
            return null;
        }
        forget(source);
        if (!grewReclaiming(region, slots)) {
            region = reserve(slots);
        }
        if (region == null) {
            return null;
        }
        KvLease lease = new KvLease(this, prompt, source.scope(), region);
        count(lease, region.settled());
        publish(lease);
        return lease;
    }

    /** @return false: it was closed */
    private boolean grewReclaiming(Region region, int slots) {
        boolean grown = false;
        try {
            grown = growReclaiming(region, slots);
        } finally {
            if (!grown) {
                region.close();
            }
        }
        return grown;
    }

    private Region reserve(int slots) {
        boolean possible = true;
        while (possible) {
            try {
                return engine.open(slots);
            } catch (KvExhausted e) {
                possible = engine.couldOpen(slots, keptRegions()) && reclaim();
            }
        }
        return null;
    }

    private boolean growReclaiming(Region region, int slots) {
        boolean grown = region.grow(slots);
        while (!grown && reclaim()) {
            grown = region.grow(slots);
        }
        return grown;
    }

    /** Frees memory. @return false: nothing is kept */
    private boolean reclaim() {
        if (kept.isEmpty()) {
            return false;
        }
        if (!shrinkOne()) {
            evict(kept.getFirst());
        }
        return true;
    }

    /**
     * Moves a kept prefix out of a region that is at least half empty. A slot's copy costs some hundredths of its computation, so this comes before
     * losing any; done only when memory is short, for the next turn of a chat wants the region as large as it was.
     */
    private boolean shrinkOne() {
        for (KvLease lease : kept) {
            if (lease.region().settled() <= lease.region().capacity() / 2 && shrink(lease)) {
                return true;
            }
        }
        return false;
    }

    private boolean shrink(KvLease lease) {
        Region large = lease.region();
        try {
            Region small = engine.open(large.settled());
            // An engine's regions have least sizes.
            if (small.capacity() >= large.capacity()) {
                small.close();
                return false;
            }
            try {
                small.adopt(large, large.settled());
            } catch (RuntimeException | Error e) {
                small.close();
                throw e;
            }
            lease.moveTo(small);
            large.close();
            keptBytesChanged(small.capacity() - large.capacity());
            return true;
        } catch (KvExhausted e) {
            return false;
        }
    }

    private void evict(KvLease lease) {
        forget(lease);
        lease.region().close();
    }

    private void forget(KvLease lease) {
        kept.remove(lease);
        lease.setKept(false);
        prefixes.remove(lease);
        keptBytesChanged(-lease.region().capacity());
    }

    private KvLease used(KvLease source) {
        if (source.kept()) {
            kept.remove(source);
            kept.add(source);
        }
        return source;
    }

    private List<Region> keptRegions() {
        List<Region> regions = new ArrayList<>(kept.size() + 1);
        kept.forEach(lease -> regions.add(lease.region()));
        return regions;
    }

    private void count(KvLease lease, int tokens) {
        lease.countReused(tokens);
        counters.reusedTokens.addAndGet(tokens);
    }

    private void keptBytesChanged(int slots) {
        counters.keptBytesChanged(slots * engine.shape().bytesPerSlot());
    }
}
