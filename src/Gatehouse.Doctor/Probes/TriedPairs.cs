using System.Collections.Concurrent;

namespace Gatehouse.Doctor.Probes;

/// <summary>
/// Remembers what was tried with a login that everybody knows: each is tried once while the program runs, however often it looks and at
/// however many addresses a service answers. A second attempt could lock an account or fill a log.
/// </summary>
public sealed class TriedPairs
{
    private readonly ConcurrentDictionary<string, Lazy<Task<bool?>>> _answers = new(StringComparer.Ordinal);

    /// <summary>Tries, or says what the first attempt gave.</summary>
    /// <param name="service">Which service: its system, process and port.</param>
    /// <param name="pair">The pair's name: the user.</param>
    /// <param name="attempt">Tries; null where nobody answered.</param>
    public Task<bool?> OnceAsync(string service, string pair, Func<Task<bool?>> attempt) =>
        _answers.GetOrAdd($"{service}\n{pair}", _ => new Lazy<Task<bool?>>(attempt)).Value;
}
