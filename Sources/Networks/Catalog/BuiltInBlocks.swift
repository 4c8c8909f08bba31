extension NetworkCatalog {
    /// The nine blocks of the study, in its order, in the notation of `BlockNotation`. This text is executed.
    public static let builtInText = """
        # in and out: the channels that enter and leave. s: 2 in the first block of a stage, else 1.

        # The study's own: a residual block without its shortcut, normalized before each convolution.
        plain: BatchNorm - ReLU - Conv3x3/s
             - BatchNorm - ReLU - Conv3x3

        # ResNet, basic block (He et al. 2015, arXiv:1512.03385, figure 5 left).
        residual: ReLU(Conv3x3/s - BatchNorm - ReLU
                     - Conv3x3 - BatchNorm
                     + shortcut)

        # ResNet, bottleneck (the same, figure 5 right).
        bottleneck: ReLU(Conv1x1/s[out/4] - BatchNorm - ReLU
                       - Conv3x3[out/4] - BatchNorm - ReLU
                       - Conv1x1[out] - BatchNorm
                       + shortcut)

        # ResNeXt (Xie et al. 2016, arXiv:1611.05431, figure 3c).
        resnext: ReLU(Conv1x1/s[out/4] - BatchNorm - ReLU
                    - Conv3x3[out/4] in 32 groups - BatchNorm - ReLU
                    - Conv1x1[out] - BatchNorm
                    + shortcut)

        # Xception (Chollet 2016, arXiv:1610.02357, figure 5).
        xception: ReLU(Conv1x1 with bias - Depthwise3x3 - BatchNorm - ReLU
                     - Conv1x1 with bias - Depthwise3x3 - BatchNorm
                     - (MaxPool2x2 if s = 2)
                     + shortcut)

        # DenseNet (Huang et al. 2016, arXiv:1608.06993): eight layers of growth, and the transition.
        dense (1 per stage):
            8 x (input ++ Conv1x1[(out - in)/8] - BatchNorm - ReLU
                        - Conv3x3[(out - in)/8] - BatchNorm - ReLU)
            - Conv1x1[out] - BatchNorm - ReLU
            - MaxPool2x2

        # MobileNet (Howard et al. 2017, arXiv:1704.04861), two of its layers.
        mobile: Depthwise3x3/s[out] - BatchNorm - ReLU - Conv1x1 - BatchNorm - ReLU
              - Depthwise3x3 - BatchNorm - ReLU - Conv1x1 - BatchNorm - ReLU

        # MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): inverted residuals.
        mobile_v2: 2 units of ReLU6(
            Conv1x1[6 in] - BatchNorm - ReLU6
            - Depthwise3x3/s - BatchNorm - ReLU6
            - Conv1x1[out] - BatchNorm
            + (input if s = 1 and in = out))

        # ShuffleNet (Zhang et al. 2017, arXiv:1707.01083, figure 2b and 2c).
        shuffle: 2 units of ReLU(
            Conv1x1[out/4] in 4 groups - BatchNorm - ReLU - Shuffle in 4 groups
            - Depthwise3x3 - BatchNorm - ReLU
            - Conv1x1[out] in 4 groups - BatchNorm
            + input
          if s = 1 else
            Conv1x1[out/4] in 4 groups - BatchNorm - ReLU - Shuffle in 4 groups
            - Depthwise3x3/s - BatchNorm - ReLU
            - Conv1x1[out - in] in 4 groups - BatchNorm
            ++ AvgPool3x3/s)
        """
}
