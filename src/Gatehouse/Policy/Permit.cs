namespace Gatehouse.Policy;

/// <summary>
/// The proof that a request was allowed on a snapshot. Only <see cref="Authorizer"/> makes one; forwarding takes
/// nothing else and throws on <c>default</c>.
/// </summary>
public readonly struct Permit
{
    internal Permit(CompiledPolicy policy, ulong requestId)
    {
        Policy = policy;
        RequestId = requestId;
    }

    /// <summary>The policy that was decided on, or null for <c>default</c>.</summary>
    public CompiledPolicy? Policy { get; }

    /// <summary>The request it was made for.</summary>
    public ulong RequestId { get; }

    /// <summary>Throws unless this permit came from a decision.</summary>
    /// <exception cref="InvalidOperationException">It is <c>default</c>.</exception>
    public void EnsureValid()
    {
        if (Policy is null)
        {
            throw new InvalidOperationException("a request without a permit reached forwarding");
        }
    }
}
