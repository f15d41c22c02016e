using System.Collections.Immutable;

namespace Gatehouse.Engine.Mesh;

/// <summary>What nodes tell each other over the mesh without the store.</summary>
internal interface IMeshNotices
{
    /// <summary>Raised when there is one more to tell, on any thread.</summary>
    event Action? Added;

    /// <summary>What every peer is to be told.</summary>
    ImmutableArray<MeshNotice> Pending { get; }

    /// <summary>Takes what a peer told; what is wrong with it is recorded there. Never throws.</summary>
    ValueTask TakeAsync(string peer, ReadOnlyMemory<byte> content);
}

/// <summary>One thing to tell.</summary>
/// <param name="Key">What it is known by: a peer is told once.</param>
/// <param name="Content">At most <see cref="Protocols.Mesh.MeshFrame.MaxNotice"/> bytes.</param>
internal readonly record struct MeshNotice(string Key, ReadOnlyMemory<byte> Content);
