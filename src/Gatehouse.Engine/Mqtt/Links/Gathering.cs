namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>
/// Says when to wait a moment before the next read from a busy broker. Brokers send each message by a write of its own; whoever
/// reads them as they come makes a TLS record and a call of the kernel of every few of them, which costs more than all that is
/// done with them. Owned by the flow that reads.
/// </summary>
/// <remarks>
/// Only a stream gathers: reads so close to each other that a pause of <see cref="Pause"/> brings several, and only while pauses
/// do bring much. Acknowledgements, and questions that wait for their answers, never do: they would come later for nothing.
/// </remarks>
internal struct Gathering
{
    /// <summary>How long a pause is, in microseconds; waking up takes about as long again.</summary>
    public const int Pause = 50;

    // So many reads are looked at together, and so many after pauses.
    private const int Window = 64;
    private const int Paused = 16;

    // Reads of less than this are of single small packets; those of more fill a record well enough as they are.
    private const int Least = 128;
    private const int Most = 8 * 1024;

    // What reads must bring on the average while there are pauses, and for how many windows there are none where they did not.
    private const int Worth = 768;
    private const int Rest = 64;

    private static readonly TimeSpan Close = TimeSpan.FromMicroseconds(200);

    private TimeSpan _time;
    private long _bytes;
    private int _reads;
    private int _rest;

    private bool _isOn;
    private bool _hasPaused;

    /// <summary>
    /// Whether to pause now. Never twice in a row: a stream in which many wait for their turn would be held up by its own pauses,
    /// and half of them bring most of it.
    /// </summary>
    public bool TakeTurn()
    {
        _hasPaused = _isOn && !_hasPaused;
        return _hasPaused;
    }

    /// <summary>Takes a read in, of so many bytes and so long after the one before.</summary>
    public void Read(int count, TimeSpan after)
    {
        _reads++;
        _bytes += count;
        _time += after;
        if (_reads < (_isOn ? Paused : Window))
        {
            return;
        }

        if (_isOn)
        {
            _isOn = _bytes >= Worth * Paused;
            _rest = _isOn ? 0 : Rest;
        }
        else if (_rest > 0)
        {
            _rest--;
        }
        else
        {
            _isOn = _time < Close * Window && _bytes is >= Least * Window and < Most * Window;
        }

        _reads = 0;
        _bytes = 0;
        _time = TimeSpan.Zero;
    }
}
