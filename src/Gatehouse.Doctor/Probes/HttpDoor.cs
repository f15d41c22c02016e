using System.Net;

namespace Gatehouse.Doctor.Probes;

/// <summary>A port that answers HTTP, in clear or over TLS.</summary>
/// <param name="Prober">Who asks.</param>
/// <param name="Target">Where.</param>
/// <param name="First">What it said first.</param>
/// <param name="Tls">The handshake, or null where it speaks clear text.</param>
internal sealed record HttpDoor(Prober Prober, IPEndPoint Target, HttpAnswer First, TlsAnswer? Tls)
{
    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls => Tls is not null;

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string Scheme => IsTls ? "https" : "http";

    /// <summary>Asks a port; null where no HTTP answers there.</summary>
    /// <param name="prober">Who asks.</param>
    /// <param name="target">Where.</param>
    /// <param name="question">What is asked first, at any target.</param>
    /// <param name="isTlsExpected">Which of both is tried first: the wrong one may be worth a line in the service's log.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<HttpDoor?> OpenAsync(Prober prober, IPEndPoint target, HttpQuestion question, bool isTlsExpected, CancellationToken cancellation)
    {
        if (!isTlsExpected && await PlainAsync(prober, target, question, cancellation) is { } plain)
        {
            return plain;
        }

        TlsAnswer tls = await prober.TlsAsync(target, TlsAsk.Any, cancellation);
        if (tls.SpeaksTls)
        {
            HttpAnswer? answer = tls.Verdict == TlsVerdict.Tls ? await prober.HttpAsync(question with { Target = target, IsTls = true }, cancellation) : null;
            return answer is null ? null : new HttpDoor(prober, target, answer, tls);
        }

        // One that waits for words that it knows is silent to a handshake.
        return isTlsExpected ? await PlainAsync(prober, target, question, cancellation) : null;
    }

    /// <summary>Asks another thing there.</summary>
    public Task<HttpAnswer?> AskAsync(string method, string path, CancellationToken cancellation, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var question = new HttpQuestion(Target, method, path) { IsTls = IsTls, Headers = [.. headers] };
        return AskAsync(question, cancellation);
    }

    /// <summary>Asks another thing there.</summary>
    public Task<HttpAnswer?> AskAsync(HttpQuestion question, CancellationToken cancellation) => Prober.HttpAsync(question with { Target = Target, IsTls = IsTls }, cancellation);

    // Servers for TLS alone say so in clear text to whoever comes without.
    private static async Task<HttpDoor?> PlainAsync(Prober prober, IPEndPoint target, HttpQuestion question, CancellationToken cancellation) =>
        await prober.HttpAsync(question with { Target = target, IsTls = false }, cancellation) is { } answer
        && !(answer.Status == 400 && (answer.Text.Contains("HTTPS", StringComparison.OrdinalIgnoreCase) || answer.Text.Contains("TLS", StringComparison.Ordinal)))
            ? new HttpDoor(prober, target, answer, null)
            : null;
}
