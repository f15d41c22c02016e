using System.Collections.Immutable;

namespace Gatehouse.Membership.Rotations;

/// <summary>What can be rotated: <see cref="RotationDocument.Kind"/>.</summary>
public static class RotationKinds
{
    /// <summary>Root and intermediates.</summary>
    public const string Ca = "ca";

    /// <summary>The cluster's shared secret.</summary>
    public const string Secret = "secret";

    /// <summary>The key that seals the cluster's documents.</summary>
    public const string DataKey = "data-key";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [Ca, Secret, DataKey];
}

/// <summary>How far a rotation is: <see cref="RotationDocument.Step"/>, the step that was committed last.</summary>
public static class RotationSteps
{
    /// <summary>The new material is in the cluster state; those that hold the CA's keys can open it.</summary>
    public const string Prepare = "prepare";

    /// <summary>Every node says that it holds and accepts it.</summary>
    public const string Distribute = "distribute";

    /// <summary>It is used; what was used before is still accepted.</summary>
    public const string Activate = "activate";

    /// <summary>What was used before is dropped. There is no way back from here.</summary>
    public const string Retire = "retire";

    /// <summary>What was used before is used again; the new material is dropped as soon as no node uses it.</summary>
    public const string Rollback = "rollback";

    /// <summary>The steps forward, in order.</summary>
    public static ImmutableArray<string> Forward { get; } = [Prepare, Distribute, Activate, Retire];

    /// <summary>The step that follows; null: the rotation is done.</summary>
    public static string? After(string step) => step switch
    {
        Prepare => Distribute,
        Distribute => Activate,
        Activate => Retire,
        _ => null,
    };
}
