package dev.cadenza.model.store;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words why an operation of the system failed; its exceptions often carry a bare file name or nothing. */
final class Reason {
    private Reason() {
    }

    static String of(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e -> "no such file: " + e.getFile();
            case AccessDeniedException e -> "permission denied: " + e.getFile();
            case NotDirectoryException e -> "not a directory: " + e.getFile();
            case FileAlreadyExistsException e -> "in the way is a file: " + e.getFile();
            case FileSystemException e -> e.getReason() == null ? e.getMessage() : e.getReason() + ": " + e.getFile();
            case UnknownHostException e -> "unknown host " + e.getMessage();
            case HttpTimeoutException e -> "no answer in time: " + e.getMessage();
            case ConnectException e when hasUnresolvedAddress(e) -> "the host's name cannot be resolved; no network?";
            case ConnectException e -> "cannot connect" + (e.getMessage() == null ? "; no network?" : ": " + e.getMessage());
            default -> failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        };
    }

    private static boolean hasUnresolvedAddress(Throwable failure) {
        for (var cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }
}
