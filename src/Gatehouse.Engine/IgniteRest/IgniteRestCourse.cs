using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Ignite.Rest;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>A request to Ignite's REST API after step 5.</summary>
internal sealed class IgniteRestCourse : RequestCourse
{
    /// <summary>The deployment unit that is uploaded; null for everything else.</summary>
    public UnitBody? Unit { get; init; }

    /// <summary>What else was read; null before.</summary>
    public IgniteRestRequest? Request { get; set; }

    /// <inheritdoc/>
    public override string? MaskedBody => Request?.RedactedBody;

    /// <inheritdoc/>
    public override string? ContentType => Unit?.ContentType;

    /// <inheritdoc/>
    public override string? Note => Unit?.Parts.Describe();

    /// <inheritdoc/>
    public override void End() => Unit?.Parts.Dispose();
}
