using System.Text.Json.Serialization;

namespace Gatehouse.App.Commands.Cluster;

/// <summary>What <c>gatehouse join --json</c> and <c>gatehouse leave --json</c> print.</summary>
/// <param name="Node">The node.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Number">Its number.</param>
/// <param name="PeerAddress">Its loopback address.</param>
/// <param name="Members">All nodes.</param>
/// <param name="Warnings">What should be looked at.</param>
internal sealed record JoinAnswer(string Node, string ClusterId, int Number, string PeerAddress, string[] Members, string[] Warnings);

/// <summary>As JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JoinAnswer))]
internal sealed partial class JoinJson : JsonSerializerContext;
