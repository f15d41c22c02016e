namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// The other threads' hold on a forward: a cut or the client's going ends what is under way on the upstream side.
/// One per exchange, used again; the first reason wins.
/// </summary>
internal sealed class ForwardControl
{
    private readonly Lock _gate = new();
    private UpstreamConnection? _attached;
    private ForwardResult _reason;
    private bool _hasResponse;

    /// <summary>Whether it was cancelled.</summary>
    public bool IsCancelled => Reason != ForwardResult.Ok;

    /// <summary>Why; <see cref="ForwardResult.Ok"/> when it was not.</summary>
    public ForwardResult Reason
    {
        get
        {
            lock (_gate)
            {
                return _reason;
            }
        }
    }

    /// <summary>How far the forward has come.</summary>
    public ForwardPhase Phase { get; set; }

    /// <summary>Status of the response, 0 until it is there.</summary>
    public int Status { get; set; }

    /// <summary>Whether any byte of a response came.</summary>
    public bool HasReceived { get; set; }

    /// <summary>Whether the final response head is there; read by the upload.</summary>
    public bool HasResponse
    {
        get => Volatile.Read(ref _hasResponse);
        set => Volatile.Write(ref _hasResponse, value);
    }

    /// <summary>Body bytes taken from the client.</summary>
    public long RequestBytes { get; set; }

    /// <summary>Body bytes handed towards the client.</summary>
    public long ResponseBytes { get; set; }

    /// <summary>What failed, for people; holds no secret.</summary>
    public string? Detail { get; set; }

    /// <summary>Makes it ready for the next forward. Only while nothing is attached.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _reason = ForwardResult.Ok;
            _attached = null;
        }

        Phase = ForwardPhase.Connect;
        Status = 0;
        HasReceived = HasResponse = false;
        RequestBytes = ResponseBytes = 0;
        Detail = null;
    }

    /// <summary>What came of the forward.</summary>
    public ForwardOutcome Outcome(ForwardResult result) => new(result, Phase, Status, RequestBytes, ResponseBytes);

    /// <summary>Puts a connection into reach; false when it was cancelled before.</summary>
    public bool TryAttach(UpstreamConnection connection)
    {
        lock (_gate)
        {
            if (_reason != ForwardResult.Ok)
            {
                return false;
            }

            _attached = connection;
            return true;
        }
    }

    /// <summary>Takes it out of reach, before it goes back to the pool; false when it was cancelled and must be closed.</summary>
    public bool Detach()
    {
        lock (_gate)
        {
            _attached = null;
            return _reason == ForwardResult.Ok;
        }
    }

    /// <summary>Ends the forward with a reason.</summary>
    public void Cancel(ForwardResult reason)
    {
        lock (_gate)
        {
            if (_reason == ForwardResult.Ok)
            {
                _reason = reason;
                _attached?.Abort();
            }
        }
    }
}
