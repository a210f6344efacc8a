package dev.cadenza.scheduler;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * Who runs and who waits, both by age. A sequence holds KV memory exactly while it runs. First come, first served: nobody overtakes a waiting
 * sequence whose client is ready; when memory runs out, the youngest gives way and waits in its old place, so the oldest always gets on. What
 * throws fails its own request. Device thread only.
 */
final class Batch {
    private final KvMemory memory;
    private final Inbox inbox;
    private final SchedulerSettings settings;
    private final TreeSet<Sequence> running = new TreeSet<>();
    private final TreeSet<Sequence> waiting = new TreeSet<>();
    private boolean memoryIsShort;

    Batch(KvMemory memory, Inbox inbox, SchedulerSettings settings) {
        this.memory = memory;
        this.inbox = inbox;
        this.settings = settings;
    }

    boolean isEmpty() {
        return running.isEmpty() && waiting.isEmpty();
    }

    int running() {
        return running.size();
    }

    /** A sequence joins the line; the inbox has counted it already. */
    void enter(Sequence sequence) {
        waiting.add(sequence);
    }

    /** Gives every running sequence room for its next row, oldest first. */
    void makeRoom() {
        for (Sequence sequence : running.toArray(Sequence[]::new)) {
            try {
                while (running.contains(sequence) && !sequence.over() && !sequence.makeRoom()) {
                    preempt(running.last());
                }
            } catch (RuntimeException | Error e) {
                sequence.owner().failed(e);
            }
        }
    }

    /** Lets the waiting in, oldest first, as far as places and memory go. */
    void admit(long now) {
        Iterator<Sequence> line = waiting.iterator();
        int before = waiting.size();
        int places = places();
        memoryIsShort = false;
        while (!memoryIsShort && line.hasNext()) {
            Sequence next = line.next();
            if (next.reservedRows() > places && !running.isEmpty()) {
                break;
            }
            if (ready(next, now)) {
                memoryIsShort = !leavesLine(next);
                if (!memoryIsShort) {
                    line.remove();
                    places -= next.reservedRows();
                }
            }
        }
        inbox.changed(waiting.size() - before, free());
    }

    private int places() {
        return settings.maxRunning() - running.stream().mapToInt(Sequence::reservedRows).sum();
    }

    /** Places that whoever comes next would get. */
    private int free() {
        return memoryIsShort && !running.isEmpty() ? 0 : Math.max(0, places());
    }

    /** Running sequences whose clients take text now, oldest first. */
    List<Sequence> ready(long now) {
        List<Sequence> ready = new ArrayList<>(running.size());
        for (Sequence sequence : running) {
            if (ready(sequence, now)) {
                ready.add(sequence);
            }
        }
        return ready;
    }

    /** Lets go of all that is over. */
    void retire() {
        int before = waiting.size();
        retire(waiting);
        retire(running);
        inbox.changed(waiting.size() - before, free());
    }

    private static void retire(TreeSet<Sequence> sequences) {
        for (Iterator<Sequence> all = sequences.iterator(); all.hasNext();) {
            Sequence sequence = all.next();
            if (sequence.over()) {
                all.remove();
                sequence.close();
            }
        }
    }

    /** Fails every request and frees all memory. */
    void abort(Throwable cause) {
        waiting.forEach(sequence -> sequence.owner().failed(cause));
        running.forEach(sequence -> sequence.owner().failed(cause));
        retire();
        memory.clear();
    }

    private boolean ready(Sequence sequence, long now) {
        try {
            return !sequence.over() && sequence.owner().ready(now, settings.stallLimit());
        } catch (RuntimeException | Error e) {
            sequence.owner().failed(e);
            return false;
        }
    }

    /** @return false: it stays in line, for memory does not suffice now */
    private boolean leavesLine(Sequence next) {
        try {
            if (next.open(memory)) {
                running.add(next);
                next.owner().admitted();
            } else if (running.isEmpty()) {
                next.owner().failed(new NeverFits("the sequence does not fit into the KV cache even alone"));
            } else {
                return false;
            }
        } catch (RuntimeException | Error e) {
            next.close();
            next.owner().failed(e);
        }
        return true;
    }

    private void preempt(Sequence youngest) {
        youngest.release();
        running.remove(youngest);
        waiting.add(youngest);
        inbox.waitingChanged(1);
    }
}
