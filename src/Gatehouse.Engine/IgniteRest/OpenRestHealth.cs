using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Forwarding;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>
/// The health of the node for everybody, where the gate says so, as Ignite itself answers it. Each question is asked once a second at
/// most: whoever has no login cannot make the node work. Thread-safe.
/// </summary>
internal sealed class OpenRestHealth(TimeProvider time)
{
    private const int MaxAnswer = 16 * 1024;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<UpstreamQuestion, (Task<bool> Answer, long At)> _asked = [];

    /// <summary>Asks; false where the target is about something else.</summary>
    /// <param name="target">The target as it came.</param>
    /// <param name="forwarder">The way to the node.</param>
    /// <param name="answer">Whether the node says that it is well, as of at most a second ago.</param>
    public bool TryAsk(string target, Forwarder forwarder, [NotNullWhen(true)] out Task<bool>? answer)
    {
        answer = null;
        if (UpstreamQuestion.IgniteHealth(target) is not { } question)
        {
            return false;
        }

        lock (_lock)
        {
            if (!_asked.TryGetValue(question, out (Task<bool> Answer, long At) last) || (last.Answer.IsCompleted && time.GetElapsedTime(last.At) > Fresh))
            {
                last = (AskNowAsync(forwarder, question), time.GetTimestamp());
                _asked[question] = last;
            }

            answer = last.Answer;
            return true;
        }
    }

    private static async Task<bool> AskNowAsync(Forwarder forwarder, UpstreamQuestion question)
    {
        UpstreamReply reply = await forwarder.AskAsync(question, MaxAnswer, Deadline);
        return reply is { IsComplete: true, Status: StatusCodes.Status200OK or StatusCodes.Status204NoContent };
    }
}
