"""Checks a running server with OpenAI's own Python client.

Usage: openai_client_check.py BASE_URL [MODEL]      (BASE_URL with /v1; without MODEL the first one listed)
Prints one line per check; exit status 1 when any failed.
"""

import asyncio
import sys
import traceback

from openai import AsyncOpenAI, BadRequestError, LengthFinishReasonError, NotFoundError, OpenAI

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Server:
    """Clients without retries, so that a fault shows at once, and the arguments that make answers repeatable."""

    def __init__(self, base_url, model):
        self.base_url = base_url
        self.client = OpenAI(base_url=base_url, api_key="unused", max_retries=0, timeout=120)
        self.model = model or self.client.models.list().data[0].id

    def arguments(self, **more):
        return {"model": self.model, "messages": QUESTION, "max_tokens": 24, "seed": 7, "temperature": 0.8} | more

    def create(self, **more):
        return self.client.chat.completions.create(**self.arguments(**more))

    def text(self, **more):
        return self.create(**more).choices[0].message.content


@check
def plain_call_answers(server):
    answer = server.create(temperature=0)
    choice = answer.choices[0]
    equal(answer.object, "chat.completion")
    that(answer.id.startswith("chatcmpl-"), answer.id)
    that(answer.created > 1_500_000_000, answer.created)
    equal((choice.index, choice.message.role), (0, "assistant"))
    that(choice.message.content, choice)
    that(choice.finish_reason in ("stop", "length"), choice.finish_reason)
    equal(choice.message.refusal, None)
    equal(choice.message.tool_calls, None)
    usage = answer.usage
    that(usage.prompt_tokens > 0 and 0 < usage.completion_tokens <= 24, usage)
    equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
    that(usage.prompt_tokens_details.cached_tokens is not None, usage)


@check
def same_seed_gives_the_same_text(server):
    equal(server.text(), server.text())


@check
def our_message_is_accepted_back(server):
    message = server.create().choices[0].message
    follow_up = QUESTION + [message.model_dump(), {"role": "user", "content": "And of Spain?"}]
    that(server.create(messages=follow_up).choices[0].message.content is not None, "no answer")


@check
def max_tokens_ends_with_length(server):
    answer = server.create(max_tokens=None, max_completion_tokens=2)
    equal(answer.choices[0].finish_reason, "length")
    equal(answer.usage.completion_tokens, 2)


@check
def async_client_gets_the_same_text(server):
    async def calls():
        async with AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0, timeout=120) as client:
            create = client.chat.completions.create
            plain, stream = await asyncio.gather(create(**server.arguments()), create(**server.arguments(stream=True)))
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            return plain.choices[0].message.content, "".join(pieces)

    plain, streamed = asyncio.run(calls())
    equal(plain, server.text())
    equal(streamed, plain)


@check
def stream_has_the_shape_of_openais(server):
    chunks = list(server.create(stream=True))
    first = (chunks[0].id, "chat.completion.chunk", server.model, chunks[0].created)
    equal({(c.id, c.object, c.model, c.created) for c in chunks}, {first})
    deltas = [c.choices[0].delta for c in chunks]
    equal([d.role for d in deltas], ["assistant"] + [None] * (len(deltas) - 1))
    equal(deltas[0].content, "")
    that(all(d.content for d in deltas[1:-1]), "an empty delta in the middle")
    equal(deltas[-1].content, None)
    reasons = [c.choices[0].finish_reason for c in chunks]
    equal(reasons[:-1], [None] * (len(reasons) - 1))
    that(reasons[-1] in ("stop", "length"), reasons[-1])
    that(all("usage" not in c.model_fields_set for c in chunks), "usage without being asked for")
    equal("".join(d.content or "" for d in deltas), server.text())


@check
def accumulating_stream_equals_the_plain_call(server):
    stop = [middle(server.text())]
    final, events = accumulated(server, stop=stop)
    plain = server.create(stop=stop).choices[0]
    equal(final.choices[0].message.content, plain.message.content)
    equal(final.choices[0].message.role, "assistant")
    equal(final.choices[0].finish_reason, plain.finish_reason)
    that("content.delta" in events and events.count("content.done") == 1, events)


@check
def accumulating_stream_notices_the_length_limit(server):
    error = raised(LengthFinishReasonError, lambda: accumulated(server, max_tokens=2))
    equal(error.completion.choices[0].message.content, server.text(max_tokens=2))


@check
def include_usage_adds_one_last_chunk(server):
    chunks = list(server.create(stream=True, stream_options={"include_usage": True}))
    equal(chunks[-1].choices, [])
    streamed, plain = chunks[-1].usage, server.create().usage
    for count in ("prompt_tokens", "completion_tokens", "total_tokens"):
        equal(getattr(streamed, count), getattr(plain, count))
    that(all(c.usage is None and c.choices for c in chunks[:-1]), "usage before the last chunk")
    that(all("usage" in c.model_fields_set for c in chunks), "usage must be null, not absent")


@check
def two_choices_have_their_own_index_and_text(server):
    whole = server.create(n=2)
    equal([c.index for c in whole.choices], [0, 1])
    equal(whole.choices[0].message.content, server.text())
    equal(whole.usage.prompt_tokens, server.create().usage.prompt_tokens)
    stop = [middle(c.message.content) for c in whole.choices]
    final, _ = accumulated(server, n=2, stop=stop)
    equal([c.message.content for c in final.choices], [c.message.content for c in server.create(n=2, stop=stop).choices])


@check
def logprobs_spell_the_text(server):
    choice = server.create(logprobs=True, top_logprobs=3, temperature=0).choices[0]
    entries = choice.logprobs.content
    equal(b"".join(bytes(e.bytes) for e in entries).decode("utf-8", "replace"), choice.message.content)
    for entry in entries:
        that(entry.logprob <= 0, entry)
        equal(len(entry.top_logprobs), 3)
        equal(entry.top_logprobs, sorted(entry.top_logprobs, key=lambda top: -top.logprob))
        equal(entry.top_logprobs[0].token, entry.token)
    bare = server.create(logprobs=True, temperature=0).choices[0].logprobs.content
    that(all(e.top_logprobs == [] for e in bare), "alternatives that nobody asked for")
    equal(server.create().choices[0].logprobs, None)


@check
def streamed_logprobs_equal_the_plain_ones(server):
    plain = server.create(logprobs=True, top_logprobs=2).choices[0].logprobs.content
    streamed = []
    for chunk in server.create(logprobs=True, top_logprobs=2, stream=True):
        if chunk.choices[0].logprobs:
            streamed += chunk.choices[0].logprobs.content
    equal([(e.token, e.bytes, e.logprob, e.top_logprobs) for e in streamed], [(e.token, e.bytes, e.logprob, e.top_logprobs) for e in plain])


@check
def stop_strings_end_the_text_and_never_show(server):
    whole = server.text(temperature=0)
    stop = middle(whole)
    expected = whole[: whole.index(stop)]
    for given in (stop, [stop, "never seen here"]):
        choice = server.create(temperature=0, stop=given).choices[0]
        equal((choice.message.content, choice.finish_reason), (expected, "stop"))
    chunks = list(server.create(temperature=0, stop=[stop], stream=True))
    equal("".join(c.choices[0].delta.content or "" for c in chunks), expected)
    equal(chunks[-1].choices[0].finish_reason, "stop")


@check
def bad_values_raise_bad_request_with_param(server):
    for param, more in {
        "temperature": {"temperature": 3},
        "top_p": {"top_p": 2},
        "n": {"n": 0},
        "top_logprobs": {"logprobs": True, "top_logprobs": 21},
        "stop": {"stop": ["a", "b", "c", "d", "e"]},
        "messages": {"messages": []},
        "no_such_field": {"extra_body": {"no_such_field": 1}},
        "decoding.no_such_field": {"extra_body": {"decoding": {"strategy": "standard", "no_such_field": 1}}},
        "decoding.strategy": {"extra_body": {"decoding": {"strategy": "magic"}}},
    }.items():
        error = raised(BadRequestError, lambda: server.create(**more))
        equal(error.param, param)
        equal(error.type, "invalid_request_error")
        that(error.code, f"{param}: no code")
        that(error.response.headers.get("x-request-id"), f"{param}: no x-request-id")
    equal(raised(BadRequestError, lambda: server.create(extra_body={"no_such_field": 1})).code, "unknown_parameter")


@check
def bad_values_raise_before_a_stream_starts(server):
    equal(raised(BadRequestError, lambda: server.create(stream=True, temperature=3)).param, "temperature")


@check
def prompts_beyond_the_context_are_refused(server):
    long = [{"role": "user", "content": "many words " * 20_000}]
    equal(raised(BadRequestError, lambda: server.create(messages=long)).code, "context_length_exceeded")


@check
def an_unknown_model_is_not_found(server):
    equal(raised(NotFoundError, lambda: server.create(model="no-such-model")).code, "model_not_found")
    equal(raised(NotFoundError, lambda: server.client.models.retrieve("no-such-model")).code, "model_not_found")


@check
def an_unknown_path_is_not_found(server):
    equal(raised(NotFoundError, lambda: server.client.post("/no/such/path", cast_to=object, body={})).code, "unknown_url")


@check
def decoding_is_reported(server):
    answer = server.create(extra_body={"decoding": {"strategy": "standard"}})
    report = answer.model_extra["decoding"]
    equal(report["strategy"], "standard")
    equal(report["seed"], 7)
    that(report["steps"] >= 1, report)
    chunks = list(server.create(stream=True, extra_body={"decoding": {"strategy": "standard"}}))
    reports = [c.model_extra["decoding"] for c in chunks if c.model_extra and "decoding" in c.model_extra]
    equal([r["strategy"] for r in reports], ["standard"])


@check
def a_prediction_changes_no_byte_and_is_counted(server):
    plain = server.create(extra_body={"decoding": {"strategy": "standard"}})
    text = plain.choices[0].message.content
    for content in (text, [{"type": "text", "text": text}]):
        answer = server.create(prediction={"type": "content", "content": content}, extra_body={"decoding": {"trace": True}})
        equal(answer.choices[0].message.content, text)
        report = answer.model_extra["decoding"]
        equal((report["strategy"], report["draft"], report["reason"]), ("speculative", "prediction", "prediction"))
        details = answer.usage.completion_tokens_details
        equal(details.accepted_prediction_tokens, report["accepted"])
        equal(details.rejected_prediction_tokens, report["drafted"] - report["accepted"])
        equal(len(report["trace"]), answer.usage.completion_tokens)
        equal(sum(token["source"] == "draft" for token in report["trace"]), report["accepted"])


@check
def a_drawn_seed_repeats_the_answer(server):
    first = server.create(seed=None)
    again = server.create(seed=first.model_extra["decoding"]["seed"])
    equal(again.choices[0].message.content, first.choices[0].message.content)


@check
def models_are_listed_and_retrieved(server):
    models = server.client.models.list().data
    that(server.model in [m.id for m in models], models)
    model = server.client.models.retrieve(server.model)
    equal((model.id, model.object), (server.model, "model"))
    that(model.created > 0 and model.owned_by, model)


@check
def closing_a_stream_early_harms_nobody(server):
    for _ in range(3):
        stream = server.create(stream=True, max_tokens=400, temperature=1.5)
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        stream.close()
    equal(server.text(), server.text())


def accumulated(server, **more):
    """What the client's own accumulation of a stream gives; it raises when an answer ends for length, so callers bring a stop string."""
    with server.client.chat.completions.stream(**server.arguments(**more)) as stream:
        events = [event.type for event in stream]
        return stream.get_final_completion(), events


def middle(text):
    """Three characters that occur in the text and make a stop string."""
    that(len(text) >= 3, text)
    return text[len(text) // 2 :][:3]


def that(truth, seen):
    if not truth:
        raise AssertionError(f"seen: {seen!r}")


def equal(seen, expected):
    if seen != expected:
        raise AssertionError(f"expected {expected!r}\n    seen {seen!r}")


def raised(kind, call):
    try:
        result = call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got an answer: {result!r}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    server = Server(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None)
    failed = 0
    for run in CHECKS:
        name = run.__name__.replace("_", " ")
        try:
            run(server)
            print(f"ok    {name}", flush=True)
        except Exception as error:
            failed += 1
            where = traceback.extract_tb(error.__traceback__)
            line = next(frame.lineno for frame in reversed(where) if frame.filename == __file__ and frame.name not in ("that", "equal", "raised"))
            print(f"FAIL  {name} (line {line}): {type(error).__name__}: {error}", flush=True)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
