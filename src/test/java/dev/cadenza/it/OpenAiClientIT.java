package dev.cadenza.it;

import dev.cadenza.PythonEnvironment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** OpenAI's own Python client against the real server. Needs python3 with venv and pip; skipped where it is missing, unless CI is set. */
class OpenAiClientIT {

    @Test
    void syncAsyncAndStreamingCallsOfTheOpenAiClientWork() throws Exception {
        var environment = PythonEnvironment.of("openai-client", "requirements.txt");

        byte[] output = environment.run("openai_client_check.py", null, RunningServer.shared().baseUrl());

        System.out.print(new String(output, StandardCharsets.UTF_8));
    }
}
