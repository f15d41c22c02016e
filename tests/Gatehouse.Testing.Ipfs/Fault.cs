namespace Gatehouse.Testing.Ipfs;

/// <summary>What a stand-in does instead of answering well.</summary>
public enum FaultKind
{
    /// <summary>Reads nothing and answers nothing until the caller goes or the stand-in is disposed.</summary>
    Hang,

    /// <summary>Sends the head and, in a stream, <see cref="Fault.After"/> items, then nothing more.</summary>
    HangMidStream,

    /// <summary>Closes the connection without an answer.</summary>
    Die,

    /// <summary>Breaks the connection after the head and, in a stream, <see cref="Fault.After"/> items.</summary>
    DieMidStream,

    /// <summary>Ends a stream after <see cref="Fault.After"/> items with <see cref="Fault.Text"/> in the trailer X-Stream-Error.</summary>
    StreamError,

    /// <summary>Answers 307 to its own address; <see cref="Fault.Text"/>, where given, is the Location as it stands.</summary>
    Redirect,

    /// <summary>Adds a header of <see cref="Fault.After"/> bytes to the right answer.</summary>
    LargeHeaders,

    /// <summary>Answers <see cref="Fault.Status"/> with <see cref="Fault.Text"/> as the body, without doing anything.</summary>
    Answer,
}

/// <summary>One fault.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="After">Items or bytes, as the kind says.</param>
/// <param name="Text">An error, an address or a body, as the kind says.</param>
/// <param name="Status">A status.</param>
public sealed record Fault(FaultKind Kind, int After = 0, string? Text = null, int Status = 500);

/// <summary>The faults that were asked for.</summary>
public sealed class Faults
{
    private readonly List<(Func<RecordedRequest, bool> When, Fault Fault, int Times)> _planned = [];

    /// <summary>The next <paramref name="times"/> requests that fit meet the fault.</summary>
    public void Plan(Func<RecordedRequest, bool> when, Fault fault, int times = 1)
    {
        lock (_planned)
        {
            _planned.Add((when, fault, times));
        }
    }

    /// <summary>The next request of this method whose target begins so meets the fault.</summary>
    public void Plan(string method, string target, Fault fault) =>
        Plan(r => r.Method == method && r.Target.StartsWith(target, StringComparison.Ordinal), fault);

    /// <summary>Nothing goes wrong from now on.</summary>
    public void Clear()
    {
        lock (_planned)
        {
            _planned.Clear();
        }
    }

    internal Fault? Take(RecordedRequest request)
    {
        lock (_planned)
        {
            int at = _planned.FindIndex(p => p.When(request));
            if (at < 0)
            {
                return null;
            }

            (Func<RecordedRequest, bool> when, Fault fault, int times) = _planned[at];
            if (times <= 1)
            {
                _planned.RemoveAt(at);
            }
            else
            {
                _planned[at] = (when, fault, times - 1);
            }

            return fault;
        }
    }
}
