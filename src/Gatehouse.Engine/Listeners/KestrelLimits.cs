using Gatehouse.Engine.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gatehouse.Engine.Listeners;

/// <summary>Limits of Kestrel's HTTP server against slow and greedy clients.</summary>
internal static class KestrelLimits
{
    /// <summary>Sets every limit; call before the server starts.</summary>
    public static void Apply(KestrelServerOptions options, LimitsConfiguration limits) => throw new NotSupportedException();
}
