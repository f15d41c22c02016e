namespace Gatehouse.Membership.Rotations;

/// <summary>The beginning of a rotation; of the three materials the one of its kind is given, or none where the state holds the next one already.</summary>
public sealed record RotationStart
{
    /// <summary>8 lower-case hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="RotationKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who, <c>realm/name</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether each step follows by itself.</summary>
    public bool Automatic { get; init; }

    /// <summary>The new authority; not taken where one was imported before.</summary>
    public AuthorityDocument? Authority { get; init; }

    /// <summary>The new secret.</summary>
    public SecretDocument? Secret { get; init; }

    /// <summary>The new data key.</summary>
    public DataKeyDocument? DataKey { get; init; }

    internal MembershipDocument AddTo(MembershipDocument membership)
    {
        bool isThere = RotationMaterial.Of(membership, Kind).Any(static m => m.Phase == TrustPhase.Next);
        return Kind switch
        {
            RotationKinds.Ca when Authority is not null && !isThere =>
                membership with { Authorities = membership.Authorities.Add(Authority with { Phase = TrustPhase.Next }) },
            RotationKinds.Secret when Secret is not null && !isThere =>
                membership with { Secrets = membership.Secrets.Add(Secret with { Phase = TrustPhase.Next }) },
            RotationKinds.DataKey when DataKey is not null && !isThere =>
                membership with { DataKeys = membership.DataKeys.Add(DataKey with { Phase = TrustPhase.Next }) },
            _ => membership,
        };
    }
}
