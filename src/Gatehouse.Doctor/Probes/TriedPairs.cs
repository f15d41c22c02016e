using System.Collections.Concurrent;

namespace Gatehouse.Doctor.Probes;

/// <summary>
/// Remembers what was tried with a login that everybody knows: each is answered once while the program runs, however often it looks and at
/// however many addresses a service answers. More attempts could lock an account or fill a log; where none was answered there is one more.
/// </summary>
public sealed class TriedPairs
{
    private const int MostAttempts = 2;
    private readonly ConcurrentDictionary<string, Attempts> _answers = new(StringComparer.Ordinal);

    /// <summary>Tries, or says what the first attempt gave.</summary>
    /// <param name="service">Which service: its system, process and port.</param>
    /// <param name="pair">The pair's name: the user.</param>
    /// <param name="attempt">Tries; null where nobody answered.</param>
    public Task<bool?> OnceAsync(string service, string pair, Func<Task<bool?>> attempt) =>
        _answers.GetOrAdd($"{service}\n{pair}", static _ => new Attempts()).NextAsync(attempt);

    private sealed class Attempts
    {
        private readonly Lock _lock = new();
        private Task<bool?>? _last;
        private bool _isUnanswered;
        private int _made;

        public Task<bool?> NextAsync(Func<Task<bool?>> attempt)
        {
            lock (_lock)
            {
                if (_last is null || (_made < MostAttempts && _isUnanswered))
                {
                    _made++;
                    _isUnanswered = false;
                    _last = MakeAsync(attempt);
                }

                return _last;
            }
        }

        private async Task<bool?> MakeAsync(Func<Task<bool?>> attempt)
        {
            bool? isTaken = await attempt();
            if (isTaken is null)
            {
                lock (_lock)
                {
                    _isUnanswered = true;
                }
            }

            return isTaken;
        }
    }
}
