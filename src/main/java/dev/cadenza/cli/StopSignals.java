package dev.cadenza.cli;

import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import sun.misc.Signal;

/**
 * What SIGTERM, SIGINT and SIGHUP do to a server. The first lets it finish its answers and end with 0; another one, or one that comes before the
 * server has started, ends the process at once with 128 and the signal's number. Left to themselves the JVM and Quarkus would race for the exit
 * code, a signal during the start would look like a failure, and a second one would be lost. Each signal has a thread of its own.
 */
final class StopSignals {
    private static final Logger LOG = Logger.getLogger(StopSignals.class);
    private static final List<String> NAMES = List.of("TERM", "INT", "HUP");
    private static final int KILLED = 128;

    private final Runnable beforeAnEarlyEnd;
    private final AtomicBoolean stopping = new AtomicBoolean();

    /** @param beforeAnEarlyEnd waits until a process that is starting may end; run once at most, and not when a second signal comes */
    StopSignals(Runnable beforeAnEarlyEnd) {
        this.beforeAnEarlyEnd = beforeAnEarlyEnd;
    }

    /** From now on. A signal that the process was started to ignore, as with nohup, stays ignored. */
    void listen() {
        NAMES.forEach(name -> Signal.handle(new Signal(name), this::stop));
    }

    private void stop(Signal signal) {
        boolean first = stopping.compareAndSet(false, true);
        Application server = Application.currentApplication();
        if (first && server != null && server.isStarted()) {
            LOG.infof("stopping signal=%s; another one ends the process at once", signal.getName());
            Quarkus.asyncExit(0);
            return;
        }
        if (first) {
            beforeAnEarlyEnd.run();
        }
        Runtime.getRuntime().halt(KILLED + signal.getNumber());
    }
}
