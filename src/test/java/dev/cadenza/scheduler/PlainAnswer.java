package dev.cadenza.scheduler;

import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.skip.DepthSchedule;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The oracle: a choice generated alone, token by token, from the published logits, with no scheduler, region, decoder or streaming in the way.
 *
 * @param tokens   drawn, up to the one that ended the answer
 * @param text     without the stop string
 * @param logprobs raw, one per token
 */
record PlainAnswer(int[] tokens, String text, List<Float> logprobs, Finish.Reason reason, String stopString, int stopToken) {

    static PlainAnswer of(GenerationRequest request, int choice, ToyEngine engine, Tokenizer tokenizer) {
        List<Integer> said = new ArrayList<>();
        List<Float> logprobs = new ArrayList<>();
        ArrayDeque<Sampled> ahead = new ArrayDeque<>();
        while (true) {
            if (ahead.isEmpty()) {
                ahead.addAll(request.strategy() instanceof Cntp cntp ? CautiousPath.next(cntp, request, choice, said, engine, tokenizer)
                        : List.of(next(request, choice, said, 0, engine)));
            }
            Sampled next = ahead.remove();
            said.add(next.token());
            logprobs.add(next.logprob());
            boolean end = tokenizer.endTokens().contains(next.token());
            boolean last = end || said.size() == request.maxTokens();
            String text = text(said, tokenizer, last);
            int cut = cut(text, request);
            if (cut >= 0) {
                String stop = request.stops().stream().filter(s -> text.startsWith(s, cut)).findFirst().orElseThrow();
                return new PlainAnswer(ints(said), text.substring(0, cut), logprobs, Finish.Reason.STOP, stop, -1);
            }
            if (last) {
                return new PlainAnswer(ints(said), text, logprobs, end ? Finish.Reason.STOP : Finish.Reason.LENGTH, null, end ? next.token() : -1);
            }
        }
    }

    /** @param trial that names the random numbers */
    static Sampled next(GenerationRequest request, int choice, List<Integer> said, int trial, ToyEngine engine) {
        int[] known = IntStream.concat(IntStream.of(request.prompt()), IntStream.of(ints(said))).toArray();
        Role[] roles = new Role[known.length];
        Arrays.fill(roles, Role.DECODE);
        Arrays.fill(roles, 0, request.prompt().length, Role.PREFILL);
        LayerSet[] sets = new LayerSet[known.length];
        Arrays.fill(sets, LayerSet.ALL);
        if (request.strategy() instanceof SkipDecode(DepthSchedule schedule)) {
            for (int i = request.prompt().length; i < known.length; i++) {
                sets[i] = schedule.set(i - request.prompt().length);
            }
        }
        SamplingParameters p = request.sampling();
        int[] all = IntStream.range(0, engine.shape().vocabulary()).toArray();
        float[] divisors = new float[all.length];
        float[] addends = new float[all.length];
        for (int token : all) {
            long count = said.stream().filter(t -> t == token).count();
            divisors[token] = IntStream.of(known).anyMatch(t -> t == token) ? p.repetitionPenalty() : 1;
            addends[token] = p.bias().getOrDefault(token, 0f) - (count > 0 ? count * p.frequencyPenalty() + p.presencePenalty() : 0);
        }
        Law law = new Law(p.temperature(), p.topK(), p.topP(), p.minP(), new LogitEdits(all, divisors, addends));
        return engine.sample(known, roles, sets, new Want.Sample(0, law, new Draw(request.seed(), choice, known.length, trial), 2, true));
    }

    /** Where the text ends before a stop string, -1: it has none. */
    private static int cut(String text, GenerationRequest request) {
        return request.stops().stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    static boolean stops(List<Integer> said, GenerationRequest request, Tokenizer tokenizer) {
        return cut(text(said, tokenizer, false), request) >= 0;
    }

    /** Bytes that are not yet a character are held back until the end. */
    private static String text(List<Integer> said, Tokenizer tokenizer, boolean last) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        said.forEach(token -> bytes.writeBytes(tokenizer.bytes(token)));
        byte[] all = bytes.toByteArray();
        int length = !last && all.length > 0 && all[all.length - 1] == (byte) 0xC3 ? all.length - 1 : all.length;
        return new String(all, 0, length, StandardCharsets.UTF_8);
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(i -> i).toArray();
    }
}
